import { checkRouting, journal } from './journal.mjs';
import * as objects from './objects.mjs';
import { Failure } from './failure.mjs';

/** Wraps a function of the request into a unary method; what it throws becomes the status. */
function unary(nameOf, bucketOf, answer) {
  return (call, done) => {
    const name = nameOf(call.request);
    checkRouting(call, name, bucketOf(call.request));
    journal(name).calls.push(call.request);
    try {
      done(null, answer(call.request));
    } catch (failure) {
      done(failure);
    }
  };
}

/** An object named `error-CODE` fails every call so. */
function refuse(name) {
  const [, code] = /^error-([A-Z_]+)/.exec(name) ?? [];
  if (code) throw new Failure(code, `scripted ${code}: 100 % überall`);
}

export const getObject = unary(r => r.object, r => r.bucket, request => {
  refuse(request.object);
  return objects.resource(request.bucket, objects.find(request.bucket, request.object, request.generation));
});

export const deleteObject = unary(r => r.object, r => r.bucket, request => {
  refuse(request.object);
  objects.find(request.bucket, request.object, request.generation);
  objects.remove(request.bucket, request.object);
  return {};
});

export const listObjects = unary(r => r.parent, r => r.parent, request => {
  objects.checkBucket(request.parent);
  const prefix = request.prefix ?? '';
  const entries = new Map();
  for (const object of objects.list(request.parent).filter(o => o.name.startsWith(prefix))) {
    const cut = request.delimiter ? object.name.indexOf(request.delimiter, prefix.length) : -1;
    const name = cut < 0 ? object.name : object.name.slice(0, cut + request.delimiter.length);
    entries.set(name, cut < 0 ? object : undefined);
  }
  const names = [...entries.keys()].filter(name => name > (request.page_token ?? ''));
  const page = names.slice(0, request.page_size || 1000);
  return {
    objects: page.filter(n => entries.get(n)).map(n => objects.resource(request.parent, entries.get(n))),
    prefixes: page.filter(n => !entries.get(n)),
    next_page_token: page.length < names.length ? page.at(-1) : '',
  };
});

export const getBucket = unary(r => r.name, r => r.name, () => {
  throw new Failure('PERMISSION_DENIED', 'no storage.buckets.get');
});

const layoutSuffix = '/storageLayout';

export const getStorageLayout = unary(r => r.name, r => r.name.slice(0, -layoutSuffix.length), request => {
  objects.checkBucket(request.name.slice(0, -layoutSuffix.length));
  return {
    name: request.name,
    location: 'US-CENTRAL1',
    location_type: 'zone',
    custom_placement_config: { data_locations: ['us-central1-a'] },
    hierarchical_namespace: { enabled: true },
    rapid_cache_info: {},
  };
});
