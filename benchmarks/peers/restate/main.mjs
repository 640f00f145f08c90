// The batch and the sequence on a server of Restate, which it starts and stops, with Restate's
// TypeScript SDK. For the words see ../peers.py.
import * as restate from "@restatedev/restate-sdk";
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createServer as createHttp2Server } from "node:http2";
import { createServer } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";

const WARM_UP = 50; // children or steps before anything is measured
const RANDOM = 0.84442185152504812;
const READY_WITHIN = 60_000; // milliseconds

// The SDK uses it; Node.js has it from version 22 on.
Promise.withResolvers ??= () => {
  let resolve, reject;
  const promise = new Promise((...both) => ([resolve, reject] = both));
  return { promise, resolve, reject };
};

const myGoodActivity = (a) => ({ arg1: a.arg1, arg2: a.arg2, random_val: RANDOM });

const child = restate.service({
  name: "child",
  handlers: {
    my_good_workflow: async (ctx, a) => {
      const given = { arg1: "activity arg1: " + a.arg1, arg2: "activity arg2: " + a.arg2 };
      return { result: await ctx.run("my_good_activity", () => myGoodActivity(given)) };
    },
  },
});

const parent = restate.service({
  name: "parent",
  handlers: {
    batch: async (ctx, inputs) => {
      const children = inputs.map((input) => ctx.serviceClient(child).my_good_workflow(input));
      return await restate.RestatePromise.all(children);
    },
    sequence: async (ctx, steps) => {
      let value = 0;
      for (let i = 0; i < steps; ++i) {
        const given = value;
        value = await ctx.run("increment", () => given + 1);
      }
      return value;
    },
  },
});

function demand(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

async function startServer(folder) {
  const [node, admin, ingress] = [await freePort(), await freePort(), await freePort()];
  const log = openSync(path.join(folder, "restate.log"), "w");
  const env = {
    ...process.env,
    RESTATE_BASE_DIR: folder,
    RESTATE_NODE_NAME: "bench",
    RESTATE_DISABLE_TELEMETRY: "true",
    RESTATE_LISTEN_MODE: "tcp",
    RESTATE_BIND_IP: "127.0.0.1",
    RESTATE_BIND_PORT: String(node),
    RESTATE_ADMIN__BIND_PORT: String(admin),
    RESTATE_INGRESS__BIND_PORT: String(ingress),
    RUST_LOG: "warn",
  };
  const binary = `@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`;
  const options = { env, stdio: ["ignore", log, log] };
  const server = spawn(fileURLToPath(new URL(`node_modules/${binary}`, import.meta.url)), options);
  closeSync(log);
  const ended = new Promise((done) => server.once("exit", done));
  return { server, ended, admin: `http://127.0.0.1:${admin}`, ingress: `http://127.0.0.1:${ingress}` };
}

async function untilReady(url, server) {
  for (const began = Date.now(); Date.now() - began < READY_WITHIN; ) {
    demand(server.exitCode === null, `the server ended with ${server.exitCode}`);
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`nothing answers at ${url}`);
}

async function post(url, body) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  demand(answer.ok, `${url}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

async function invocations(admin, where) {
  const query = `SELECT COUNT(*) AS n FROM sys_invocation WHERE ${where}`;
  const answer = await fetch(`${admin}/query`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ query }),
  });
  return (await answer.json()).rows[0].n;
}

function inputOf(i) {
  return { arg1: `workflow arg1 of ${i}`, arg2: `workflow arg2 of ${i}` };
}

async function runBatch({ admin, ingress }, count) {
  const given = Array.from({ length: count }, (_, i) => inputOf(i));
  const began = performance.now();
  const results = await post(`${ingress}/parent/batch`, given);
  const seconds = (performance.now() - began) / 1000;
  demand(results.length === count, `${results.length} results`);
  results.forEach(({ result }, i) => {
    const isRight =
      result.arg1 === "activity arg1: " + given[i].arg1 &&
      result.arg2 === "activity arg2: " + given[i].arg2 &&
      result.random_val === RANDOM;
    demand(isRight, `result ${i} is ${JSON.stringify(result)}`);
  });
  const left = await invocations(admin, "status <> 'completed'");
  demand(left === 0, `${left} invocations have not ended`);
  return seconds;
}

async function runSequence({ ingress }, count) {
  const began = performance.now();
  const result = await post(`${ingress}/parent/sequence`, count);
  const seconds = (performance.now() - began) / 1000;
  demand(result === count, `the sequence gave ${result}`);
  return seconds;
}

const works = { batch: runBatch, sequence: runSequence };
const [what, words, folder] = process.argv.slice(2);
demand(works[what] && folder, "usage: main.mjs batch|sequence N FOLDER");
const count = Number(words);
const started = await startServer(folder);
try {
  await untilReady(`${started.admin}/health`, started.server);
  const endpoint = restate.endpoint().bind(parent).bind(child).setLogger(() => {});
  const services = createHttp2Server(endpoint.http2Handler());
  await new Promise((done) => services.listen(0, "127.0.0.1", done));
  await post(`${started.admin}/deployments`, { uri: `http://127.0.0.1:${services.address().port}` });
  await works[what](started, WARM_UP);
  const seconds = await works[what](started, count);
  console.log(JSON.stringify({ n: count, seconds }));
} catch (error) {
  console.error(error, readFileSync(path.join(folder, "restate.log"), "utf8").slice(-2000));
  process.exitCode = 1;
} finally {
  started.server.kill();
  await started.ended;
  process.exit();
}
