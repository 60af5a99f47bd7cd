/* The check beside the page, so that the page stays alive. Hears {files}, tells {step, detail}, at last {end}. */
import { check } from "./check.js";

self.addEventListener("message", ({ data }) => {
  try {
    check(data.files, (step, detail) => self.postMessage({ step, detail }));
    self.postMessage({ end: "verified" });
  } catch (problem) {
    const { file = "", code = "broken", detail = problem.message } = problem;
    self.postMessage({ end: "wrong", file, code, detail });
  }
});
