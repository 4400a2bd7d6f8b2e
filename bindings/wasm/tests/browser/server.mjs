// Static files for the browser, each page with the content security policy that its address asks for.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const KINDS = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** The strictest policies: with what the engine needs, and without. */
export const POLICIES = {
  strict: "default-src 'none'; connect-src 'self'; style-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
  "no-wasm": "default-src 'none'; connect-src 'self'; style-src 'self'; script-src 'self'",
};

/**
 * Serves folders by the first part of the address, and answers by name; `?csp=strict` sets a policy.
 */
export async function serve(folders, answers = {}) {
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    const policy = POLICIES[searchParams.get("csp")];
    if (policy !== undefined) response.setHeader("content-security-policy", policy);
    if (pathname in answers) return response.end(answers[pathname]);
    const [, first, ...rest] = pathname.split("/");
    const folder = folders[first];
    if (folder === undefined || rest.includes("..")) return response.writeHead(404).end();
    try {
      const content = await readFile(fileURLToPath(new URL(rest.join("/"), folder)));
      response.setHeader("content-type", KINDS[extname(pathname)] ?? "application/octet-stream");
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
