// The other side of a worker process of Node: loads a handler, and answers events one after another.
//
//     node bootstrap.mjs FD
//
// Frames on FD are a length (8 bytes, big-endian) and JSON.

import fs from "node:fs";
import path from "node:path";
import util from "node:util";
import { pathToFileURL } from "node:url";

const FD = Number(process.argv[2]);
const root = process.env.LAMBDA_TASK_ROOT;
let requestId = "";

function exactly(size) {
  const data = Buffer.alloc(size);
  let at = 0;
  while (at < size) {
    const count = fs.readSync(FD, data, at, size - at, null);
    if (count === 0) process.exit(0);
    at += count;
  }
  return data;
}

function read() {
  return JSON.parse(exactly(Number(exactly(8).readBigUInt64BE())).toString());
}

function write(frame) {
  const body = Buffer.from(JSON.stringify(frame));
  const head = Buffer.alloc(8);
  head.writeBigUInt64BE(BigInt(body.length));
  const data = Buffer.concat([head, body]);
  let at = 0;
  while (at < data.length) at += fs.writeSync(FD, data, at, data.length - at);
}

for (const [name, level] of [
  ["log", "INFO"], ["info", "INFO"], ["error", "ERROR"], ["warn", "WARN"], ["debug", "DEBUG"], ["trace", "TRACE"],
]) {
  console[name] = (...given) =>
    fs.writeSync(1, `${new Date().toISOString()}\t${requestId}\t${level}\t${util.format(...given)}\n`);
}

class Fault extends Error {
  constructor(kind, message) {
    super(message);
    this.name = kind;
  }
}

function told(error) {
  const known = error instanceof Error || (error && error.message !== undefined);
  const failure = known
    ? { errorType: error.name || "Error", errorMessage: String(error.message), trace: String(error.stack || "").split("\n").filter((line) => !line.includes(import.meta.url)) }
    : { errorType: typeof error, errorMessage: String(error), trace: [] };
  return JSON.parse(JSON.stringify(failure).replaceAll(JSON.stringify(root).slice(1, -1), "/var/task"));
}

async function load(handler) {
  const found = /^(.*?)([^/]*?)\.([^/]*)$/.exec(handler);
  if (!found) throw new Fault("Runtime.MalformedHandlerName", "Bad handler");
  const base = path.join(root, found[1], found[2]);
  const file = [".mjs", ".js", ".cjs"].map((one) => base + one).find((one) => fs.existsSync(one));
  if (!file) throw new Fault("Runtime.ImportModuleError", `Error: Cannot find module '${found[2]}'`);
  let module;
  try {
    module = await import(pathToFileURL(file));
  } catch (error) {
    if (error instanceof SyntaxError) throw new Fault("Runtime.UserCodeSyntaxError", `SyntaxError: ${error.message}`);
    if (error?.code === "ERR_MODULE_NOT_FOUND" || error?.code === "MODULE_NOT_FOUND")
      throw new Fault("Runtime.ImportModuleError", `Error: ${error.message}`);
    throw error;
  }
  const reach = (from) => found[3].split(".").reduce((held, name) => held?.[name], from);
  const made = reach(module) ?? reach(module.default);
  if (made === undefined) throw new Fault("Runtime.HandlerNotFound", `${handler} is undefined or not exported`);
  if (typeof made !== "function") throw new Fault("Runtime.HandlerNotFound", `${handler} is not a function`);
  return made;
}

function context(event, done) {
  const deadline = Date.now() + event.timeout * 1000;
  return {
    awsRequestId: event.requestId, invokedFunctionArn: event.arn, callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME, functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME, logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: event.context ? JSON.parse(event.context) : undefined, identity: undefined,
    getRemainingTimeInMillis: () => Math.max(deadline - Date.now(), 0),
    succeed: (result) => done(null, result), fail: (error) => done(error), done,
  };
}

let settle = null;
process.on("uncaughtException", (error) => settle?.(error));
process.on("unhandledRejection", (reason) => {
  const fault = new Fault("Runtime.UnhandledPromiseRejection", String(reason?.message ?? reason));
  settle?.(fault);
});
process.on("beforeExit", () => settle?.(null, null));

function answered(handler, event) {
  return new Promise((resolve, reject) => {
    const done = (error, result) => (error ? reject(error) : resolve(result));
    settle = done;
    const made = handler(JSON.parse(event.payload), context(event, done), done);
    if (made && typeof made.then === "function") made.then(resolve, reject);
    else if (made !== undefined) resolve(made);
  });
}

async function guarded(work) {
  try {
    return [await work(), null];
  } catch (error) {
    const failure = told(error);
    console.error("Invoke Error", JSON.stringify(failure));
    return [undefined, failure];
  } finally {
    settle = null;
  }
}

function peak() {
  try {
    return Number(/VmHWM:\s*(\d+)/.exec(fs.readFileSync("/proc/self/status", "utf8"))[1]);
  } catch {
    return process.resourceUsage().maxRSS;
  }
}

// AWS's clients pass the trace on: what is called from here on is called within this run
function follow(frame) {
  requestId = frame.requestId;
  process.env._X_AMZN_TRACE_ID = frame.trace ?? "";
}

const init = read();
follow(init);
const [handler, broken] = await guarded(() => load(init.handler));
write({ failure: broken });
for (;;) {
  const event = read();
  follow(event);
  let [result, failure] = await guarded(() => answered(handler, event));
  let text = null;
  if (!failure) {
    try {
      text = JSON.stringify(result) ?? "null";
    } catch (error) {
      failure = told(new Fault("Runtime.MarshalError", `Unable to marshal response: ${error.message}`));
    }
  }
  write({ result: text, failure, peak: peak() });
}
