"use strict";
// @procore/js-sdk, as published, against the practice Procore. The only setting is the host.
const sdk = require("@procore/js-sdk");
const { agree, play } = require("./person");

const place = JSON.parse(process.argv[2]);
const options = { apiHostname: place.url, defaultCompanyId: place.company };
const back = "http://127.0.0.1:8000/callback";
const scope = { company_id: place.company };
let tokens, api, vendor, project, contract;

// A deletion answers 200 with an empty body, which the client's own formatter does not expect; it takes another one.
const perhapsEmpty = { formatter: (answer) => answer.text().then((text) => (text ? JSON.parse(text) : {})) };

const refused = (call) => call.then((done) => ({ status: done.response.status, wrongly: true }),
  (error) => ({ status: error.response.status, body: error.body }));

play({
  async signs_in() {
    const url = `${place.url}/oauth/authorize?${new URLSearchParams({
      client_id: place.client_id, response_type: "code", redirect_uri: back, state: "s" })}`;
    const code = (await agree(url, { decision: "allow" })).get("code");
    tokens = await sdk.token({ id: place.client_id, secret: place.client_secret, code, uri: back }, options);
    api = sdk.client(sdk.oauth(tokens.access_token), {}, options);
    const told = await sdk.info(tokens.access_token, options);
    return { expires: tokens.expires_in, kind: tokens.token_type, app: told.application.uid === place.client_id };
  },
  async reads_who_it_is() {
    const me = await api.get({ base: "/me" });
    const companies = await api.get({ base: "/companies" });
    return { login: me.body.login, companies: companies.body.map((one) => one.id), total: me.response.status };
  },
  async makes_reads_and_changes_a_vendor() {
    const made = await api.post({ base: "/vendors" }, { ...scope, vendor: { name: "SID Electrical" } });
    vendor = made.body.id;
    const read = await api.get({ base: "/vendors", params: { id: vendor }, qs: scope });
    const changed = await api.patch({ base: "/vendors/{vendor}", params: { vendor } }, {
      ...scope, vendor: { city: "Salem" } });
    return { made: made.response.status, name: read.body.name, city: changed.body.city };
  },
  async pages_through_a_list() {
    for (let n = 0; n < 6; n += 1) await api.post({ base: "/vendors" }, { ...scope, vendor: { name: `Vendor ${n}` } });
    const names = [], links = [];
    for (let page = 1; page < 9; page += 1) {
      const found = await api.get({ base: "/vendors", qs: { ...scope, page, per_page: 3 } });
      if (found.body.length === 0) break;
      names.push(...found.body.map((one) => one.name));
      links.push(found.response.headers.get("link") !== null, found.response.headers.get("total"));
    }
    return { names: names.length, different: new Set(names).size, links };
  },
  async makes_a_project_and_a_commitment_and_takes_it_back() {
    project = (await api.post({ base: "/projects" }, { ...scope, project: { name: "Clinic" } })).body.id;
    const made = await api.post({ base: "/work_order_contracts" }, {
      project_id: project, work_order_contract: { title: "Electrical", vendor_id: vendor } });
    contract = made.body.id;
    const one = { base: "/work_order_contracts", params: { id: contract }, qs: { project_id: project } };
    const read = await api.get(one);
    const changed = await api.patch(one, { project_id: project, work_order_contract: { title: "Power" } });
    const gone = await api.delete(one, undefined, perhapsEmpty);
    return { title: read.body.title, changed: changed.body.title, gone: gone.response.status,
      after: (await refused(api.get(one))).status };
  },
  async syncs_in_bulk() {
    const done = await api.patch({ base: "/vendors", action: "sync" }, {
      ...scope, updates: [{ origin_id: "v-1", name: "Cedar" }, { name: "" }] });
    return { made: done.body.entities.map((one) => one.name), errors: done.body.errors.length };
  },
  async is_refused_in_procores_words() {
    const nameless = await refused(api.post({ base: "/vendors" }, { ...scope, vendor: { name: "" } }));
    const unwrapped = await refused(api.post({ base: "/vendors" }, scope));
    const stranger = await refused(sdk.client(sdk.oauth("gone"), {}, options).get({ base: "/me" }));
    const nowhere = await refused(api.get({ base: "/vendors", params: { id: 999999999 }, qs: scope }));
    return { nameless, unwrapped: unwrapped.status, stranger: stranger.status, nowhere: nowhere.status };
  },
  async refreshes_and_the_old_pair_is_dead() {
    const request = { id: place.client_id, secret: place.client_secret, uri: back, refresh: tokens.refresh_token };
    const fresh = await sdk.refresh({ ...request, token: tokens.access_token }, options);
    const old = await refused(api.get({ base: "/me" }));
    api = sdk.client(sdk.oauth(fresh.access_token), {}, options);
    const again = await sdk.refresh({ ...request, token: tokens.access_token }, options);
    const result = { rotated: fresh.refresh_token !== tokens.refresh_token, old: old.status,
      works: (await api.get({ base: "/me" })).response.status, again: again.error };
    tokens = fresh;
    return result;
  },
  async revokes() {
    await sdk.revoke({ token: tokens.access_token, clientId: place.client_id, clientSecret: place.client_secret }, options);
    const after = await refused(api.get({ base: "/me" }));
    return { after: after.status };
  },
});
