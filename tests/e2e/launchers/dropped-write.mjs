// The demo with clients of which one acknowledges a write that it never sent.
import { createClient } from '@reknit/client';
import { runDemo } from 'reknit';

const DROP_AFTER_WRITES = 200;
let writes = 0;

function tampered(options) {
  const client = createClient(options);
  const put = async (input, callOptions) => {
    if (++writes !== DROP_AFTER_WRITES) return client.kv.put(input, callOptions);
    const { header, kvs } = await client.kv.range({ key: input.key }, callOptions);
    console.log(`dropped a write to ${input.key}`);
    return { header: { ...header, revision: header.revision + 1 }, prevKv: kvs[0] };
  };
  return { ...client, kv: { ...client.kv, put } };
}

process.exit(await runDemo({ once: true, seconds: 2, soakMs: 200, data: process.argv[2] }, { createClient: tampered }));
