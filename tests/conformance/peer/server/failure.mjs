import grpc from '@grpc/grpc-js';
import { statusDetails } from '../lib/schema.mjs';

/** Ends a call with a status; `details` are [type name, fields] pairs for grpc-status-details-bin. */
export class Failure extends Error {
  constructor(code, message, details = []) {
    super(message);
    this.code = grpc.status[code];
    this.details = message;
    this.metadata = details.length ? trailers(statusDetails(this.code, message, details)) : undefined;
  }

  /** The same, with the details' base64 as other stacks write it: without padding. */
  unpadded() {
    const original = this.metadata;
    if (original) {
      this.metadata.toHttp2Headers = () => Object.fromEntries(
        Object.entries(grpc.Metadata.prototype.toHttp2Headers.call(original))
          .map(([name, value]) => [name, name.endsWith('-bin') ? value.replace(/=+$/, '') : value]));
    }
    return this;
  }
}

function trailers(bytes) {
  const metadata = new grpc.Metadata();
  metadata.set('grpc-status-details-bin', bytes);
  return metadata;
}
