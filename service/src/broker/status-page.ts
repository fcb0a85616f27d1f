/** A page for people: which models there are, and whether they can be run now. No scripts, nothing of any job. */
import { html } from "hono/html";
import type { ModelState } from "nnsight-ts/remote";

export const statusPage = (models: readonly ModelState[], workers: number) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>nnsight-ts service</title>
    <style>
      body { font: 15px/1.6 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; color-scheme: light dark; }
      table { border-collapse: collapse; width: 100%; }
      th, td { text-align: left; padding: 0.3rem 1rem 0.3rem 0; border-bottom: 1px solid #8884; }
      td.number { text-align: right; }
    </style>
  </head>
  <body>
    <h1>nnsight-ts service</h1>
    <p>${workers === 1 ? "1 worker" : `${workers} workers`} at work.</p>
    <table>
      <thead><tr><th>Model</th><th>State</th><th>Workers</th><th>Waiting</th></tr></thead>
      <tbody>
        ${models.map(({ key, state, reason, workers, waiting }) => html`<tr><td>${key}</td><td>${state}${reason && `: ${reason}`}</td><td>${workers}</td><td>${waiting}</td></tr>`)}
      </tbody>
    </table>
    <p><a href="/v1/openapi.json">The protocol</a></p>
  </body>
</html>`;
