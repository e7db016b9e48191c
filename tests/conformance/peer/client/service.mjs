import fs from 'node:fs';
import grpc from '@grpc/grpc-js';
import { Storage, StorageControl, detailsOf } from '../lib/schema.mjs';
import { ReadCall, WriteCall } from './streams.mjs';

export const bucket = 'projects/_/buckets/zonal-bucket';

const options = {
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  // An address is no server name for TLS; the certificate is for localhost too.
  'grpc.ssl_target_name_override': 'localhost',
};

/** A service under test: calls with the headers that they need, and its administration. */
export class Service {
  status = grpc.status;
  bucket = bucket;

  constructor({ grpc: address, admin, authority }) {
    Object.assign(this, { address, admin, authority });
    this.storage = new Storage(address, this.credentials(), options);
    this.control = new StorageControl(address, this.credentials(), options);
  }

  credentials() {
    return this.authority
      ? grpc.credentials.createSsl(fs.readFileSync(this.authority))
      : grpc.credentials.createInsecure();
  }

  /** The same service by another client, which trusts the system's authorities only. */
  untrusting() {
    return new Storage(this.address, grpc.credentials.createSsl(), options);
  }

  headers({ params = `bucket=${bucket}`, test, ...others } = {}) {
    const metadata = new grpc.Metadata();
    if (params) metadata.set('x-goog-request-params', params);
    if (test) metadata.set('x-retry-test-id', test);
    for (const [name, value] of Object.entries(others)) metadata.set(name, value);
    return metadata;
  }

  /** A unary call; rejects with the status, whose `decoded` are its details. */
  call(method, request, headers = {}, client = this.storage) {
    return new Promise((resolve, reject) => client[method](
      request, this.headers(headers), { deadline: Date.now() + 15_000 }, (error, response) => {
        if (error) reject(Object.assign(error, { decoded: detailsOf(error) }));
        else resolve(response);
      }));
  }

  get = (object, more = {}) => this.call('GetObject', { bucket, object, ...more });

  read(object, ranges = [], { spec = {}, headers = {} } = {}) {
    const call = new ReadCall(this.storage.BidiReadObject(this.headers(headers)));
    call.send({ read_object_spec: { bucket, object, ...spec }, read_ranges: ranges.map(toRange) });
    return call;
  }

  write(first, headers = {}) {
    const params = `appendable=true&bucket=${bucket}`;
    const call = new WriteCall(this.storage.BidiWriteObject(this.headers({ params, ...headers })));
    call.send(first);
    return call;
  }

  /** A new appendable object, not finalized. */
  create(name, more = {}, headers = {}) {
    return this.write({ write_object_spec: { resource: { bucket, name }, appendable: true, ...more } }, headers);
  }

  /** Uploads and finalizes. */
  async put(name, bytes) {
    const call = this.create(name);
    await call.next();
    call.data(0, bytes, { finish_write: true });
    const { resource } = await call.next();
    call.end();
    await call.status;
    return resource;
  }

  /** A fault script; calls take part in it by the header that { test: id } gives. */
  async script(instructions) {
    const response = await fetch(`${this.admin}/retry_test`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ instructions, transport: 'GRPC' }),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return (await response.json()).id;
  }

  scriptState = async id => (await fetch(`${this.admin}/retry_test/${id}`)).json();

  stats = async () => (await fetch(`${this.admin}/stats`)).json();
}

function toRange([id, offset, length = 0]) {
  return { read_id: id, read_offset: offset, read_length: length };
}
