// A real Chromium, with WebGPU on a software driver or without any.

import assert from "node:assert/strict";
import { existsSync, statfsSync } from "node:fs";
import { chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

const always = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const graphics = {
  true: ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
  false: ["--disable-features=WebGPU", "--disable-gpu"],
};

/** Whether the machine has memory for what processes share; otherwise they share files, which is slower. */
function hasSharedMemory() {
  if (!existsSync("/dev/shm")) return false;
  const { bavail, bsize } = statfsSync("/dev/shm");
  return bavail * bsize >= 2 ** 30;
}

/** @param {{ webgpu: boolean, more?: string[] }} options `more` of Chromium's arguments */
export async function launch({ webgpu, more = [] }) {
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    ignoreDefaultArgs: hasSharedMemory() ? ["--disable-dev-shm-usage"] : [],
    args: [...always, ...graphics[webgpu], ...more],
  });
  return browser;
}

/**
 * Opens a page that remembers everything its console and its scripts complain of.
 * @param {import("playwright-core").Browser} browser
 * @param {import("playwright-core").BrowserContextOptions} options
 */
export async function openPage(browser, options = {}) {
  // What a service worker would fetch is not what a test has asked for; those that test it say so.
  const context = await browser.newContext({ serviceWorkers: "block", ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    // What is still under way when a page is left, or is called off by the page itself, is nobody's fault.
    if (reason !== "net::ERR_ABORTED") complaints.push(`${request.url()}: ${reason}`);
  });
  return { page, context, complaints };
}

/** What Chromium says when a page asks whether there is a graphics adapter, and Playwright of what it blocks. */
const unavoidable = [/No available adapters/, /Service Worker registration blocked by Playwright/];

/** Fails if anything was complained of, apart from what matches `expected`. */
export function assertQuiet(complaints, ...expected) {
  const patterns = [...unavoidable, ...expected];
  const others = complaints.filter((text) => !patterns.some((pattern) => pattern.test(text)));
  assert.deepEqual(others, [], "the console is quiet");
}
