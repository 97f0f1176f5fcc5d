// ZooKeeper as Debian packages it. Each member gets a configuration file and its number beside its data.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MemberPlace, System, Tool } from '../cluster/systems.js';

export const DEBIAN_CLASS_PATH = '/usr/share/java/zookeeper.jar';
const JAVA: Tool = { file: 'java', install: 'apt-get install default-jre-headless' };
const MAIN = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
const VERSION = 'org.apache.zookeeper.version.VersionInfoMain';

/** @param classPath the jars of another ZooKeeper than Debian's */
export function zooKeeper(classPath: string = DEBIAN_CLASS_PATH): System | Tool {
  const missing = { file: classPath, install: 'apt-get install zookeeper' };
  if (classPath === DEBIAN_CLASS_PATH && !existsSync(classPath)) return missing;
  const asked = spawnSync(JAVA.file, ['-cp', classPath, VERSION], { encoding: 'utf8' });
  if (asked.error !== undefined) return JAVA;
  const version = /version:? ([\d.]+)/.exec(asked.stdout)?.[1];
  if (version === undefined) return missing;
  return {
    name: 'zookeeper',
    dialect: 'zookeeper',
    termsAnElection: 'one',
    version,
    file: JAVA.file,
    // The heap is what ZooKeeper's own start script gives it.
    words: (self) => ['-Xmx1000m', '-cp', classPath, MAIN, configurationFile(self)],
    prepare,
  };
}

const configurationFile = ({ directory }: MemberPlace): string => join(directory, 'zoo.cfg');

function prepare(self: MemberPlace, all: readonly MemberPlace[]): void {
  mkdirSync(self.directory, { recursive: true });
  writeFileSync(join(self.directory, 'myid'), `${all.indexOf(self) + 1}\n`);
  const servers = all.map(({ peerPort, electionPort }, at) => `server.${at + 1}=127.0.0.1:${peerPort}:${electionPort}`);
  const lines = [
    'tickTime=2000',
    'initLimit=10',
    'syncLimit=5',
    'maxClientCnxns=0',
    'admin.enableServer=false',
    '4lw.commands.whitelist=srvr',
    `dataDir=${self.directory}`,
    'clientPortAddress=127.0.0.1',
    `clientPort=${self.clientPort}`,
    ...(all.length > 1 ? servers : []),
  ];
  writeFileSync(configurationFile(self), `${lines.join('\n')}\n`);
}
