// What a start fetches: the URLs that it is told to load, and those alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FetchError } from "@sealserve/inference";
import { fetchStartup, urlsToLoad } from "./fetch-startup.ts";

test("URLs among the models to load, unless a snapshot says what runs", () => {
  const load_models = "a.mar,b=https://h/b.mar?x=1,HTTP://h/c.mar";
  assert.deepEqual(urlsToLoad({ load_models }, null), ["https://h/b.mar?x=1", "HTTP://h/c.mar"]);
  assert.deepEqual(urlsToLoad({ load_models }, ["file:///d.mar"]), ["file:///d.mar"]);
  assert.deepEqual(urlsToLoad({ load_models, model_snapshot: {} }, null), []);
  assert.deepEqual(urlsToLoad({ load_models: "all" }, null), []);
});

test("each may be fetched and nothing beside it; what is there already is taken, what fails is told", async () => {
  const urls = ["https://h/a.mar?x=1", "https://h/there.mar", "https://h/gone.mar"];
  let allowed: readonly string[] = [];
  const { entries, problems } = await fetchStartup(urls, {
    fetcherOf(patterns) {
      allowed = patterns;
      return {
        async fetch(url) {
          if (url.includes("there")) throw new FetchError("entry-exists", { url, entry: "there.mar" });
          if (url.includes("gone")) throw new FetchError("not-fetched", { url, reason: "404" });
          return { entry: "a.mar", pinned: null };
        },
      };
    },
    signal: new AbortController().signal,
  });
  assert.deepEqual([...entries.values()], ["a.mar", "there.mar"]);
  assert.equal(problems.length, 1);
  const fits = (url: string) => allowed.some((pattern) => new RegExp(`^(?:${pattern})$`).test(url));
  assert.ok(urls.every(fits) && !fits("https://h/aXmar?x=1") && !fits("https://h/a.mar"));
});
