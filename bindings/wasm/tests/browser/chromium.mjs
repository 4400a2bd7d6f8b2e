// A Chromium without a screen, and the package as it sees it.

import { chromium } from "playwright-core";

import { serve } from "./server.mjs";

const here = new URL("../../", import.meta.url);

/** Starts a browser and a server; `answers` are served as they are. */
export async function start(answers) {
  const folders = {
    dist: new URL("dist/", here),
    listino: new URL("dist/", here),
    tests: new URL("tests/", here),
    site: new URL("../../target/site/", here),
  };
  const [server, browser] = await Promise.all([
    serve(folders, answers),
    chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
      ],
    }),
  ]);
  const stop = async () => {
    await browser.close();
    server.close();
  };
  return { browser, origin: server.origin, stop };
}
