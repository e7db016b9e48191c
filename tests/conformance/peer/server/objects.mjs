// The objects: synthetic ones by their names, and those that were uploaded.
import { content, contentChecksum, wholeChecksum } from '../lib/content.mjs';
import { crc32c } from '../lib/crc32c.mjs';
import { Failure } from './failure.mjs';

export const bucketPrefix = 'projects/_/buckets/';
export const syntheticGeneration = 1700000000000001;

const units = { k: 1 << 10, m: 1 << 20, g: 1 << 30 };
const stored = new Map();
let lastGeneration = 1800000000000000;

export function size(text) {
  const [, digits, unit] = /^(\d+)([kmg]?)$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * (units[unit] ?? 1);
}

export function checkBucket(bucket) {
  if (!bucket?.startsWith(bucketPrefix)) throw new Failure('INVALID_ARGUMENT', `Not a bucket resource: ${bucket}`);
  if (bucket.startsWith(`${bucketPrefix}missing`)) throw new Failure('NOT_FOUND', 'No such bucket.');
}

/** Finds an object. `size-N[!behaviours[!nonce]]` has N bytes of synthetic content. */
export function find(bucket, name, generation) {
  checkBucket(bucket);
  const object = stored.get(`${bucket}/${name}`) ?? synthetic(name);
  if (!object || (generation && Number(generation) !== object.generation)) {
    throw new Failure('NOT_FOUND', `No such object: ${name}`);
  }
  return object;
}

function synthetic(name) {
  const length = size(/^size-([^!]+)/.exec(name)?.[1] ?? '');
  return length === undefined ? undefined : {
    name,
    generation: syntheticGeneration,
    size: length,
    read: (offset, count) => content(offset, count),
    checksum: contentChecksum,
    whole: () => wholeChecksum(length),
    contentType: 'application/octet-stream',
    finalized: true,
  };
}

export function store(bucket, name, fields) {
  const object = { ...fromBytes(Buffer.alloc(0)), ...fields, name, generation: ++lastGeneration };
  stored.set(`${bucket}/${name}`, object);
  return object;
}

export function fromBytes(bytes) {
  return {
    size: bytes.length,
    bytes,
    read: (offset, count) => bytes.subarray(offset, offset + count),
    checksum: (offset, count) => crc32c(bytes.subarray(offset, offset + count)),
    whole: () => crc32c(bytes),
  };
}

export const remove = (bucket, name) => stored.delete(`${bucket}/${name}`);

export const list = bucket => [...stored.entries()]
  .filter(([key]) => key.startsWith(`${bucket}/`)).map(([, object]) => object)
  .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));

/** google.storage.v2.Object, with fields that our subset of the schema may not know. */
export function resource(bucket, object) {
  const time = { seconds: 1_790_000_000, nanos: 123_000_000 };
  return {
    name: object.name,
    bucket,
    etag: 'CAE=',
    generation: object.generation,
    metageneration: 3,
    storage_class: 'RAPID',
    size: object.size,
    content_type: object.contentType,
    create_time: time,
    update_time: time,
    finalize_time: object.finalized ? time : undefined,
    component_count: 7,
    checksums: object.finalized ? { crc32c: object.whole() } : undefined,
    metadata: { colour: 'grün', empty: '' },
    owner: { entity: 'user-x', entity_id: 'x' },
    acl: [{ role: 'OWNER', entity: 'user-x', project_team: { team: 'viewers' } }],
    contexts: { custom: { key: { value: 'context', create_time: time } } },
    retention: { mode: 'UNLOCKED', retain_until_time: time },
  };
}
