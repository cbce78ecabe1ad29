"use strict";
// What a person does in a browser: opens the consent page and presses its button.

async function agree(url, choice) {
  const page = await fetch(url);
  const text = await page.text();
  const form = new URLSearchParams();
  for (const [field] of text.matchAll(/<input[^>]*>/g)) {
    const said = Object.fromEntries([...field.matchAll(/(name|value|type)=(?:"([^"]*)"|([^\s">]+))/g)]
      .map((m) => [m[1], m[2] === undefined ? m[3] : m[2]]));
    if ((said.type || "hidden") === "hidden") form.set(said.name, (said.value || "").replaceAll("&amp;", "&"));
  }
  for (const [name, value] of Object.entries(choice)) form.set(name, value);
  const target = /action="?([^" >]+)/.exec(text);
  const back = await fetch(new URL(target ? target[1] : "", url), { method: "POST", body: form, redirect: "manual" });
  return new URL(back.headers.get("location")).searchParams;
}

// Runs the steps one after the other; what each gives is printed as one JSON document.
async function play(steps) {
  const found = {};
  for (const [name, step] of Object.entries(steps)) {
    try {
      found[name] = await step();
    } catch (error) {
      found[name] = { thrown: String((error && error.stack) || JSON.stringify(error)) };
    }
  }
  console.log(JSON.stringify(found));
}

module.exports = { agree, play };
