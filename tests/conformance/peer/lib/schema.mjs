// Google's own schema, from the npm package google-proto-files.
import { createRequire } from 'node:module';
import path from 'node:path';
import protoLoader from '@grpc/proto-loader';
import grpc from '@grpc/grpc-js';
import protobuf from 'protobufjs';

const require = createRequire(import.meta.url);

/** Folder that the imports of Google's schema are relative to. */
export const googleRoot = path.dirname(require.resolve('google-proto-files/package.json'));

export const schemaFiles = [
  'google/storage/v2/storage.proto',
  'google/storage/control/v2/storage_control.proto',
  'google/rpc/status.proto',
  'google/rpc/error_details.proto',
];

const options = {
  includeDirs: [googleRoot], keepCase: true, longs: String, enums: String, bytes: Buffer, defaults: false, oneofs: true,
};
const packages = grpc.loadPackageDefinition(protoLoader.loadSync(schemaFiles, options));
export const Storage = packages.google.storage.v2.Storage;
export const StorageControl = packages.google.storage.control.v2.StorageControl;

/** Loads schema files below `root` for reflection; imports that `root` lacks come from Google's package. */
export function loadTypes(root, files, exists) {
  const types = new protobuf.Root();
  types.resolvePath = (_, target) => {
    if (path.isAbsolute(target)) return target;
    const own = path.join(root, target);
    return exists(own) ? own : path.join(googleRoot, target);
  };
  types.loadSync(files, { keepCase: true });
  return types.resolveAll();
}

const types = loadTypes(googleRoot, schemaFiles, () => true);
export const lookup = name => types.lookupType(name);

/** Wire bytes of a message, from plain fields. */
export function encode(typeName, fields) {
  const type = lookup(typeName);
  return Buffer.from(type.encode(type.fromObject(fields)).finish());
}

export function decode(typeName, bytes) {
  const type = lookup(typeName);
  return type.toObject(type.decode(bytes), { longs: Number, bytes: Buffer });
}

export const readRedirect = 'google.storage.v2.BidiReadObjectRedirectedError';
export const readError = 'google.storage.v2.BidiReadObjectError';

/** The google.rpc.Status of `grpc-status-details-bin`; details are [type name, fields] pairs. */
export function statusDetails(code, message, details) {
  return encode('google.rpc.Status', {
    code,
    message,
    details: details.map(([name, fields]) => (
      { type_url: `type.googleapis.com/${name}`, value: encode(name, fields) })),
  });
}

/** Details of a failed call as [{ name, value }], decoded. */
export function detailsOf(error) {
  const [bytes] = error.metadata?.get('grpc-status-details-bin') ?? [];
  if (!bytes) return [];
  return (decode('google.rpc.Status', bytes).details ?? []).map(detail => {
    const name = detail.type_url.split('/').pop();
    return { name, value: decode(name, detail.value) };
  });
}
