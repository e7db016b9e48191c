// node client.mjs --list | --config JSON: a client on grpc-js and Google's schema against a zonal bucket service.
// Runs every scenario and prints one JSON line for each: {"name":…,"ok":…,"detail":…}. The configuration is
// {"plain":{"grpc","admin"},"tls":{"grpc","admin","authority"},"direct":{"grpc","admin"}}: the service in plaintext,
// over TLS, and with read handles honoured. --list needs no packages: scenarios import none.
import { parseArgs } from 'node:util';

const scenarios = {};
for (const file of ['reads', 'ranges', 'faults', 'writes', 'metadata', 'tls']) {
  Object.assign(scenarios, (await import(`./client/${file}.mjs`)).scenarios);
}

const { values } = parseArgs({ options: { list: { type: 'boolean' }, config: { type: 'string' } } });
if (values.list) {
  for (const name of Object.keys(scenarios)) console.log(name);
  process.exit(0);
}

const { Service } = await import('./client/service.mjs');
const config = JSON.parse(values.config);
const services = Object.fromEntries(Object.entries(config).map(([name, where]) => [name, new Service(where)]));
for (const [name, scenario] of Object.entries(scenarios)) {
  let detail = '';
  try {
    await within(20_000, scenario(services));
  } catch (error) {
    detail = error?.stack ?? String(error);
  }
  console.log(JSON.stringify({ name, ok: detail === '', detail }));
}
process.exit(0);

function within(milliseconds, promise) {
  return Promise.race([promise, new Promise((_, reject) =>
    setTimeout(() => reject(new Error(`not done in ${milliseconds} ms`)), milliseconds).unref())]);
}
