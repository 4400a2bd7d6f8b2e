// Keeps what the elements send, for the tests to read.

globalThis.sent = [];
for (const name of ["listino-quote", "listino-error"]) {
  document.addEventListener(name, ({ type, target, detail }) => {
    const error = detail.error && { code: detail.error.code, help: detail.error.help };
    globalThis.sent.push({ type, id: target.id, ...detail, error });
  });
}
globalThis.violations = [];
document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
  globalThis.violations.push(`${violatedDirective} ${blockedURI}`);
});
