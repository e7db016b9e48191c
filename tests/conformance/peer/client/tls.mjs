import assert from 'node:assert/strict';
import { fresh, hasCode, isContent } from './expect.mjs';

export const scenarios = {
  async 'tls: reads'({ tls }) {
    const call = tls.read('size-9m', [[1, 0], [2, -1000]]);
    await call.take(2);
    isContent(call, 1, 0, 9 << 20);
    isContent(call, 2, (9 << 20) - 1000, 1000);
    hasCode(tls, 'OK', await call.finish());
  },

  async 'tls: writes and lists'({ tls }) {
    const name = fresh('tls');
    await tls.put(name, Buffer.alloc(1 << 20, 7));
    const page = await tls.call('ListObjects', { parent: tls.bucket, prefix: name });
    assert.equal(page.objects[0].size, String(1 << 20));
  },

  async 'tls: a client that does not know the authority is stopped'({ tls }) {
    const client = tls.untrusting();
    const deadline = Date.now() + 3000;
    await assert.rejects(
      new Promise((resolve, reject) => client.waitForReady(deadline, error => (error ? reject(error) : resolve()))));
    client.close();
  },
};
