import { describe, expect, it } from 'vitest';
import { parseAgentConfig } from '../../src/agent/agent-config.js';
import { AgentError } from '../../src/agent/agent-error.js';

const node = (name: string, port: number) => ({
  name,
  command: 'node',
  args: ['reknit.mjs', 'node'],
  clientUrl: `http://127.0.0.1:${port}`,
  dataDir: `/data/${name}`,
  logFile: `/data/${name}.log`,
});
const whole = { dataDir: '/data', secretFile: '/data/secret', nodes: [node('n1', 2379), node('n2', 2389)] };

const complaint = (config: unknown): string => {
  try {
    parseAgentConfig(typeof config === 'string' ? config : JSON.stringify(config));
  } catch (error) {
    expect(error).toBeInstanceOf(AgentError);
    expect((error as AgentError).code).toBe('bad-config');
    return (error as AgentError).message;
  }
  return 'accepted';
};

describe('the configuration of an agent', () => {
  it('is taken as it stands, with the nodes as endpoints by default', () => {
    const config = parseAgentConfig(JSON.stringify({ ...whole, soakMs: 0 }));
    expect(config.clientEndpoints).toEqual(['http://127.0.0.1:2379', 'http://127.0.0.1:2389']);
    expect(config.soakMs).toBe(0);
    expect(config.nodes[0]).toMatchObject(node('n1', 2379));
    expect(config.gossip).toBeUndefined();
    const gossip = { listen: '10.0.0.1:7400', host: 'rack-1', seeds: ['10.0.0.2:7400'] };
    expect(parseAgentConfig(JSON.stringify({ ...whole, gossip: { ...gossip, insecure: true } })).gossip).toEqual(gossip);
  });

  it.each([
    ['{', /is not JSON/],
    [[], /the configuration is not an object/],
    [{ ...whole, dataDir: undefined }, /dataDir is missing/],
    [{ ...whole, secretFile: 7 }, /secretFile is not a text/],
    [{ ...whole, nodes: [] }, /nodes is empty/],
    [{ ...whole, nodes: {} }, /nodes is not a list/],
    [{ ...whole, components: [{ driver: 'systemd' }] }, /components\[0\] has driver "systemd": expected "process"/],
    [{ ...whole, components: [{ driver: 'process', name: 'web' }] }, /components\[0\] has no instances as this version/],
    [{ ...whole, nodes: [{ ...node('n1', 1), command: undefined }] }, /nodes\[0\]\.command is missing/],
    [{ ...whole, nodes: [{ ...node('n1', 1), args: [1] }] }, /nodes\[0\]\.args\[0\] is not a text/],
    [
      { ...whole, nodes: [{ ...node('n1', 1), clientUrl: 'localhost:1' }] },
      /nodes\[0\]\.clientUrl is "localhost:1": expected http:\/\/host:port/,
    ],
    [{ ...whole, nodes: [{ ...node('n1', 1), env: { A: 1 } }] }, /nodes\[0\]\.env\.A is not a text/],
    [{ ...whole, nodes: [node('n1', 1), node('n1', 2)] }, /nodes\.name "n1" stands twice/],
    [{ ...whole, nodes: [node('n1', 1), node('n2', 1)] }, /nodes\.clientUrl .* stands twice/],
    [{ ...whole, soakMs: -1 }, /soakMs is -1: expected milliseconds/],
    [{ ...whole, soakMs: '3s' }, /soakMs is "3s": expected milliseconds/],
    [{ ...whole, gossip: { listen: '7400', seeds: [] } }, /gossip\.listen is "7400": expected host:port/],
    [{ ...whole, gossip: { listen: '0.0.0.0:7400', seeds: [] } }, /no address that other agents could reach/],
    [{ ...whole, gossip: { listen: '10.0.0.1:7400', seeds: [] } }, /not encrypted; set "insecure": true/],
    [{ ...whole, gossip: { listen: '127.0.0.1:7400', seeds: ['b'] } }, /gossip\.seeds holds "b": expected host:port/],
  ])('%j is refused with the field and what it should hold', (config, expected) => {
    expect(complaint(config)).toMatch(expected);
  });
});
