"use strict";
// node-quickbooks and intuit-oauth, as published, against the practice QuickBooks. What is set is the addresses.
const { Readable } = require("stream");
const OAuthClient = require("intuit-oauth");
const QuickBooks = require("node-quickbooks");
const { agree, play } = require("./person");

const place = JSON.parse(process.argv[2]);
const back = "http://127.0.0.1:8000/callback";
QuickBooks.V3_ENDPOINT_BASE_URL = `${place.url}/v3/company/`;
QuickBooks.TOKEN_URL = `${place.url}/oauth2/v1/tokens/bearer`;
QuickBooks.REVOKE_URL = `${place.url}/v2/oauth2/tokens/revoke`;

const oauth = new OAuthClient({ clientId: place.client_id, clientSecret: place.client_secret, environment: "sandbox",
  redirectUri: back });
oauth.setAuthorizeURLs({ authorizeEndpoint: `${place.url}/connect/oauth2`, tokenEndpoint: QuickBooks.TOKEN_URL,
  revokeEndpoint: QuickBooks.REVOKE_URL, userInfoEndpoint: `${place.url}/v1/openid_connect/userinfo` });

let qb, vendor, cost, bank, bill;

const call = (name, ...args) => new Promise((resolve, reject) => {
  qb[name](...args, (error, body) => (error ? reject(error) : resolve(body)));
});
const refused = async (name, ...args) => {
  try {
    return { wrongly: await call(name, ...args) };
  } catch (error) {
    const answer = error.response || {};
    const fault = (answer.data || {}).Fault;
    return { status: answer.status, code: fault ? fault.Error[0].code : null };
  }
};
const costLine = (amount) => ({ Amount: amount, DetailType: "AccountBasedExpenseLineDetail",
  AccountBasedExpenseLineDetail: { AccountRef: { value: cost.Id } } });

function connected(tokens) {
  return new QuickBooks(place.client_id, place.client_secret, tokens.access_token, false, place.realm, true, false, 75,
    "2.0", tokens.refresh_token);
}

play({
  async signs_in() {
    const url = oauth.authorizeUri({ scope: [OAuthClient.scopes.Accounting], state: "s" });
    const given = await agree(url, { decision: "connect", realm: place.realm });
    const answer = await oauth.createToken(`${back}?${given}`);
    qb = connected(answer.json);
    return { realm: oauth.getToken().realmId, expires: answer.json.expires_in, valid: oauth.isAccessTokenValid() };
  },
  async makes_reads_and_changes_a_vendor() {
    vendor = await call("createVendor", { DisplayName: "Norton Lumber" });
    const read = await call("getVendor", vendor.Id);
    const changed = await call("updateVendor", { Id: vendor.Id, SyncToken: read.SyncToken, sparse: true, AcctNum: "A-1" });
    return { name: read.DisplayName, number: changed.AcctNum, stale: await refused("updateVendor", {
      Id: vendor.Id, SyncToken: "0", sparse: true, AcctNum: "A-2" }) };
  },
  async enters_pays_and_deletes_a_bill() {
    cost = await call("createAccount", { Name: "Cost", AccountType: "Cost of Goods Sold" });
    bank = (await call("findAccounts", { AccountType: "Bank" })).QueryResponse.Account[0];
    bill = await call("createBill", { VendorRef: { value: vendor.Id }, DocNumber: "INV-1", Line: [costLine(120.5)] });
    const paid = await call("createBillPayment", { VendorRef: { value: vendor.Id }, PayType: "Check", TotalAmt: 120.5,
      CheckPayment: { BankAccountRef: { value: bank.Id } },
      Line: [{ Amount: 120.5, LinkedTxn: [{ TxnId: bill.Id, TxnType: "Bill" }] }] });
    const balance = (await call("getBill", bill.Id)).Balance;
    await call("deleteBillPayment", paid.Id);
    const after = (await call("getBill", bill.Id)).Balance;
    const gone = await call("deleteBill", bill.Id);
    return { balance, after, gone: gone.Bill.status, missing: await refused("getBill", bill.Id) };
  },
  async invoices_and_voids() {
    const customer = await call("createCustomer", { DisplayName: "Oak Health LLC" });
    const income = await call("createAccount", { Name: "Income", AccountType: "Income" });
    const item = await call("createItem", { Name: "Progress", Type: "Service", IncomeAccountRef: { value: income.Id } });
    const invoice = await call("createInvoice", { CustomerRef: { value: customer.Id }, Line: [{ Amount: 900,
      DetailType: "SalesItemLineDetail", SalesItemLineDetail: { ItemRef: { value: item.Id } } }] });
    const payment = await call("createPayment", { CustomerRef: { value: customer.Id }, TotalAmt: 900,
      Line: [{ Amount: 900, LinkedTxn: [{ TxnId: invoice.Id, TxnType: "Invoice" }] }] });
    const paid = (await call("getInvoice", invoice.Id)).Balance;
    await call("voidPayment", payment);
    const open = (await call("getInvoice", invoice.Id)).Balance;
    const voided = await call("voidInvoice", invoice.Id);
    return { paid, open, voided: voided.Invoice.TotalAmt, note: voided.Invoice.PrivateNote };
  },
  async asks_with_paging_and_counts() {
    for (let n = 0; n < 12; n += 1) await call("createVendor", { DisplayName: `Vendor ${n}` });
    const count = (await call("findVendors", { count: true })).QueryResponse.totalCount;
    const page = (await call("findVendors", { limit: 5, offset: 6, asc: "Id" })).QueryResponse;
    const all = (await call("findVendors", [{ field: "fetchAll", value: true }, { field: "limit", value: 4 }])).QueryResponse;
    const like = (await call("findVendors", [{ field: "DisplayName", value: "Vendor 1%", operator: "LIKE" }])).QueryResponse;
    return { count, page: [page.Vendor.length, page.startPosition, page.maxResults], all: all.Vendor.length,
      like: like.Vendor.length, wrong: await refused("findVendors", { Colour: "red" }) };
  },
  async sends_a_batch() {
    const body = (number) => ({ VendorRef: { value: vendor.Id }, DocNumber: number, Line: [costLine(10)] });
    const done = (await call("batch", [{ bId: "1", operation: "create", Bill: body("B-1") },
      { bId: "2", operation: "create", Bill: {} }, { bId: "3", Query: "select count(*) from Bill" }])).BatchItemResponse;
    const many = Array.from({ length: 31 }, (_, n) => ({ bId: `${n}`, operation: "create", Bill: body(`C-${n}`) }));
    return { items: done.map((item) => (item.Fault ? item.Fault.Error[0].code : "done")), many: await refused("batch", many) };
  },
  async asks_what_changed() {
    const since = new Date(Date.parse(place.now) - 3600 * 1000);
    const found = (await call("changeDataCapture", ["Bill", "Vendor"], since)).CDCResponse[0].QueryResponse;
    const bills = found.find((part) => part.Bill).Bill;
    return { deleted: bills.filter((one) => one.status === "Deleted").map((one) => one.Id === bill.Id),
      vendors: found.find((part) => part.Vendor).Vendor.length };
  },
  async reads_reports_and_settings() {
    const period = { start_date: "2020-01-01", end_date: "2030-12-31" };
    const names = [];
    for (const name of ["TrialBalance", "ProfitAndLoss", "BalanceSheet", "GeneralLedgerDetail", "AgedPayableDetail",
      "VendorBalance", "CustomerBalance"]) {
      names.push((await call(`report${name}`, period)).Header.ReportName);
    }
    const info = await call("getCompanyInfo", place.realm);
    const preferences = await call("getPreferences");
    return { names, company: typeof info.CompanyName, preferences: typeof preferences.AccountingInfoPrefs };
  },
  async attaches_a_file() {
    if (!place.uploads) return "not played";
    const owed = await call("createBill", { VendorRef: { value: vendor.Id }, Line: [costLine(10)] });
    const kept = await call("upload", "waiver.txt", "text/plain", Readable.from([Buffer.from("lien waiver")]), "Bill", owed.Id);
    const read = await call("getAttachable", kept.Id);
    const fetched = await (await fetch(read.TempDownloadUri)).text();
    return { name: read.FileName, on: read.AttachableRef[0].EntityRef.value === owed.Id, fetched };
  },
  async refreshes() {
    const before = qb.token;
    await call("refreshAccessToken");
    const first = await call("getVendor", vendor.Id);
    const answer = await oauth.refreshUsingToken(qb.refreshToken);
    return { moved: before !== qb.token, works: first.Id === vendor.Id, kind: answer.json.token_type };
  },
  async revokes() {
    const refresh = qb.refreshToken;
    const answer = await call("revokeAccess", true);
    qb = connected({ access_token: oauth.getToken().access_token, refresh_token: refresh });
    const dead = await refused("getVendor", vendor.Id);
    const again = await oauth.refreshUsingToken(refresh).then(() => "works", (error) => error.error || String(error));
    return { status: answer.status, dead: dead.status, again };
  },
});
