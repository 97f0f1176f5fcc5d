export { PROTOCOL_NAMES, type ProtocolName, StartError } from '@reknit/store';
export { type EmbeddedMember, type EmbeddedMemberOptions, startEmbeddedMember } from './start-member.js';
export { directoryStorage, type MemberStorage, memoryStorage } from './storage.js';
