// What is to go wrong with the reads of an object: `size-8m!NAME=ARGUMENT,NAME!nonce`. Each behaviour is a set of hooks
// into the stream (read.mjs) and keeps its state over all streams of that object name; the nonce keeps tests apart.
import { Failure } from './failure.mjs';
import { readRedirect } from '../lib/schema.mjs';
import { reversed, withUnknownFields } from './handmade.mjs';
import { size } from './objects.mjs';

const known = new Map();

export function behavioursOf(name) {
  let behaviours = known.get(name);
  if (!behaviours) {
    const [, script = ''] = name.split('!');
    behaviours = script.split(',').filter(Boolean).map(part => {
      const [kind, argument = ''] = part.split('=');
      if (!makers[kind]) throw new Failure('INVALID_ARGUMENT', `no behaviour '${kind}'`);
      return makers[kind](argument);
    });
    known.set(name, behaviours);
  }
  return behaviours;
}

// `WHAT@BYTES*TIMES`, each part optional.
function parse(argument) {
  const [, what, at = '0', times = 'Infinity'] = /^([^@*]*)(?:@([^*]+))?(?:\*(\d+))?$/.exec(argument);
  return { what, at: size(at), times: Number(times) };
}

// Ends a stream in the way named: by a status, or below gRPC. The latter reach into grpc-js for its HTTP/2 stream.
function interrupt(stream, what) {
  const http2 = stream.call.call.stream;
  if (what === 'OK') stream.end();
  else if (what === 'RESET') http2.close(2);
  else if (what === 'REFUSED') http2.close(7);
  else if (what === 'DROP') http2.session.socket.destroy();
  else if (what === 'STALL') return stream.cancelled;
  else throw new Failure(what, `scripted ${what}`);
  return undefined;
}

// Runs `act` when a stream has sent `at` bytes, on the first `times` streams that get there.
function afterBytes({ at, times }, act) {
  return {
    async before(stream, range, chunk) {
      if (stream.sentBytes > at || stream.sentBytes + chunk.length <= at || times === 0) return;
      if (stream.sentBytes === at) {
        times--;
        await act(stream, range, chunk);
      } else {
        chunk.length = at - stream.sentBytes;
        chunk.end = false;
      }
    },
  };
}

const makers = {
  // fail=CODE*TIMES: the open fails.
  fail(argument) {
    let { what, times } = parse(argument);
    return { open() { if (times-- > 0) throw new Failure(what, `scripted ${what}`); } };
  },

  // late-fail=CODE: as fail, but with response headers before the trailers.
  'late-fail'(argument) {
    return {
      open({ call }) {
        call.sendMetadata(call.metadata.clone());
        throw new Failure(argument, `scripted ${argument}`);
      },
    };
  },

  // break=WHAT@BYTES*TIMES: the stream ends in the middle.
  break(argument) {
    const script = parse(argument);
    return afterBytes(script, stream => interrupt(stream, script.what));
  },

  // redirect=token|handle@BYTES*TIMES: ABORTED with a routing token, which every later open then has to bring.
  redirect(argument) {
    const script = parse(argument);
    const detail = { routing_token: 'route-7' };
    if (script.what !== 'token') detail.read_handle = { handle: Buffer.from('redirect-handle') };
    let wanted;
    const turnAway = stream => {
      wanted = detail.routing_token;
      const failure = new Failure('ABORTED', 'go elsewhere', [[readRedirect, detail]]);
      throw script.what === 'unpadded' ? failure.unpadded() : failure;
    };
    const middle = afterBytes(script, turnAway);
    return {
      open(stream) {
        if (wanted && (stream.spec.routing_token !== wanted || stream.params.routing_token !== wanted)) {
          stream.violation(`routing token '${stream.spec.routing_token}'/'${stream.params.routing_token}'`);
        }
        if (wanted && detail.read_handle && stream.entry.handle === undefined) stream.violation('no read handle');
        if (script.at === 0 && script.times-- > 0) turnAway(stream);
      },
      before: script.at === 0 ? undefined : middle.before,
    };
  },

  // range-error=CODE@OFFSET: ranges that cover the byte fail, at once, or (late-) after all others have been served.
  'range-error': argument => rangeError(argument, false),
  'late-range-error': argument => rangeError(argument, true),

  // chunk=BYTES: pieces of that size. interleave: rotates among the ranges. pack: two pieces in a response.
  chunk: argument => ({ open: stream => { stream.chunkSize = size(argument); } }),
  interleave: () => ({ open: stream => { stream.rotates = true; } }),
  pack: () => ({
    chunk(stream, range, chunk, responses) {
      const [data] = responses[0].object_data_ranges;
      if (chunk.length < 2) return;
      const half = Math.floor(chunk.length / 2);
      responses[0].object_data_ranges = [
        stream.data(range.id, { offset: chunk.offset, length: half, end: false }),
        stream.data(range.id, { offset: chunk.offset + half, length: chunk.length - half, end: data.range_end }),
      ];
    },
  }),

  // Legal oddities.
  'double-end': () => ({
    chunk(stream, range, { offset, length, end }, responses) {
      if (end) responses.push(stream.response([stream.data(range.id, { offset: offset + length, length: 0, end })]));
    },
  }),
  'separate-end': () => ({
    chunk(stream, range, { offset, length, end }, responses) {
      if (!end) return;
      responses[0].object_data_ranges[0].range_end = false;
      responses.push(stream.response([{
        read_range: { read_id: range.id, read_offset: offset + length }, range_end: true,
      }]));
    },
  }),
  empty: () => ({ chunk: (stream, range, chunk, responses) => responses.splice(0, 0, {}, stream.response([])) }),
  unknown: () => ({
    chunk(stream, range, chunk, responses) {
      responses.unshift(stream.response([stream.data(987654321, { ...chunk, end: true })]));
      for (const id of [...stream.usedIds].filter(id => !stream.pending.some(other => other.id === id))) {
        responses.push(stream.response([stream.data(id, { offset: 0, length: 1, end: true })]));
      }
    },
  }),
  'new-handles': () => ({
    chunk: (stream, range, { offset }, [response]) => {
      response.read_handle = { handle: Buffer.from(`at-${offset}`) };
    },
  }),
  'handle-without-metadata': () => ({
    first(stream, response) {
      if (stream.entry.handle !== undefined) delete response.metadata;
    },
  }),
  'no-crc': () => ({
    chunk: (stream, range, chunk, [response]) => {
      for (const data of response.object_data_ranges) delete data.checksummed_data.crc32c;
    },
  }),
  reversed: () => ({
    chunk: (stream, range, chunk, responses) => responses.splice(0, responses.length, ...responses.map(reversed)),
  }),
  'unknown-fields': () => ({
    chunk: (stream, range, chunk, responses) =>
      responses.splice(0, responses.length, ...responses.map(withUnknownFields)),
  }),

  // Wrong content, on the first TIMES chunks that cover the byte OFFSET: WHAT@OFFSET*TIMES.
  wrong(argument) {
    let { what, at, times } = parse(argument);
    return {
      chunk(stream, range, chunk, responses) {
        if (at < chunk.offset || at >= chunk.offset + chunk.length || times-- <= 0) return;
        distort[what](stream, range, chunk, responses, at);
      },
    };
  },
};

const distort = {
  crc(stream, range, chunk, [response]) {
    response.object_data_ranges[0].checksummed_data.crc32c ^= 1;
  },
  byte(stream, range, chunk, [response]) {
    const data = response.object_data_ranges[0].checksummed_data;
    data.content = Buffer.from(data.content);
    data.content[data.content.length >> 1] ^= 0x10;
  },
  twice: (stream, range, chunk, responses) => responses.push(...responses),
  overlap(stream, range, { offset, length, end }, responses) {
    const back = Math.min(1000, offset);
    responses[0] = stream.response([stream.data(range.id, { offset: offset - back, length: length + back, end })]);
  },
  gap: (stream, range, { offset, length, end }, responses) => {
    const skipped = Math.min(1000, length);
    responses[0] = stream.response([
      stream.data(range.id, { offset: offset + skipped, length: length - skipped, end }),
    ]);
  },
  short(stream, range, chunk, responses, at) {
    chunk.end = true;
    responses[0] = stream.response([stream.data(range.id, { ...chunk, length: at - chunk.offset })]);
  },
  long(stream, range, chunk, responses) {
    chunk.end = true;
    responses[0] = stream.response([stream.data(range.id, { ...chunk, length: range.end - chunk.offset + 1000 })]);
  },
};

function rangeError(argument, isLate) {
  const { what, at } = parse(argument);
  const failed = new WeakMap();
  return {
    admit(stream, range) {
      if (at < range.next || at >= range.end) return;
      if (!isLate) throw stream.rangeFailure(range, what);
      failed.set(stream, range);
      stream.pending.splice(stream.pending.indexOf(range), 1);
    },
    idle(stream) {
      if (failed.has(stream)) throw stream.rangeFailure(failed.get(stream), what);
    },
  };
}
