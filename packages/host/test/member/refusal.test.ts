import { afterEach, expect, it, vi } from 'vitest';
import { runMember } from '../../src/member/index.js';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

async function refusalOf(words: readonly string[]): Promise<{ readonly exitCode: number; readonly line: string }> {
  const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const exitCode = await runMember(words);
  return { exitCode, line: String(told.mock.calls.at(-1)?.[0]) };
}

it('a member that an agent has launched refuses as its log is read: by a line of JSON with the code', async () => {
  vi.stubEnv('REKNIT_LAUNCH', 'token');
  const { exitCode, line } = await refusalOf(['--no-such-flag']);
  expect(exitCode).toBe(2);
  expect(JSON.parse(line)).toMatchObject({ level: 'error', code: 'usage', msg: expect.stringContaining('no-such-flag') });
});

it('a member that a person has started refuses in words', async () => {
  vi.stubEnv('REKNIT_LAUNCH', undefined);
  const { exitCode, line } = await refusalOf(['--no-such-flag']);
  expect(exitCode).toBe(2);
  expect(line).toMatch(/^reknit node: .*no-such-flag/);
});
