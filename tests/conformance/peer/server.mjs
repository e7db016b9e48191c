// node server.mjs [--cert FILE --key FILE] [--max-streams N] [--max-connection-age-ms N]: a zonal bucket service on
// grpc-js and Google's schema. Prints one JSON line with its ports; ends when its standard input does.
import fs from 'node:fs';
import http from 'node:http';
import { parseArgs } from 'node:util';
import grpc from '@grpc/grpc-js';
import { Storage, StorageControl } from './lib/schema.mjs';
import { journal } from './server/journal.mjs';
import { bidiReadObject } from './server/read.mjs';
import * as unary from './server/unary.mjs';
import { bidiWriteObject } from './server/write.mjs';

const text = { type: 'string' };
const { values: args } = parseArgs({
  options: { cert: text, key: text, 'max-streams': text, 'max-connection-age-ms': text },
});

// Responses that are encoded already pass through.
const read = Storage.service.BidiReadObject;
const serialize = read.responseSerialize;
read.responseSerialize = message => (Buffer.isBuffer(message) ? message : serialize(message));

const number = (name, otherwise) => Number(args[name] ?? otherwise);
const server = new grpc.Server({
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.max_concurrent_streams': number('max-streams', 100),
  ...(args['max-connection-age-ms']
    ? { 'grpc.max_connection_age_ms': number('max-connection-age-ms'), 'grpc.max_connection_age_grace_ms': 5000 }
    : {}),
});
server.addService(Storage.service, {
  bidiReadObject,
  bidiWriteObject,
  getObject: unary.getObject,
  deleteObject: unary.deleteObject,
  listObjects: unary.listObjects,
  getBucket: unary.getBucket,
});
server.addService(StorageControl.service, { getStorageLayout: unary.getStorageLayout });

// GET /journal?name=NAME: what was received about an object or bucket. No other way to look inside.
const admin = http.createServer((request, response) => {
  const name = new URL(request.url, 'http://localhost').searchParams.get('name');
  const { streams, writes, calls, violations } = journal(name);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ streams, writes, calls: calls.length, violations }));
});

const credentials = args.cert
  ? grpc.ServerCredentials.createSsl(
    null, [{ cert_chain: fs.readFileSync(args.cert), private_key: fs.readFileSync(args.key) }])
  : grpc.ServerCredentials.createInsecure();
server.bindAsync('127.0.0.1:0', credentials, (error, port) => {
  if (error) throw error;
  admin.listen(0, '127.0.0.1', () => console.log(JSON.stringify({
    endpoint: `${args.cert ? 'https' : 'http'}://127.0.0.1:${port}`,
    grpc: `127.0.0.1:${port}`,
    admin: `http://127.0.0.1:${admin.address().port}`,
    pid: process.pid,
  })));
});
process.stdin.resume().on('end', () => process.exit(0));
