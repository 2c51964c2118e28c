/**
 * The protocol of the event store, as the client's package has it generated: its messages, and the server's side of its
 * services. The one file of the tests that reaches into that package, see libs/event-log-eventstore/vendor-internals.ts.
 */
export { default as features } from '@eventstore/db-client/generated/serverfeatures_pb.js';
export { default as featuresServices } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
export { default as gossip } from '@eventstore/db-client/generated/gossip_pb.js';
export { default as gossipServices } from '@eventstore/db-client/generated/gossip_grpc_pb.js';
export { default as shared } from '@eventstore/db-client/generated/shared_pb.js';
export { default as streams } from '@eventstore/db-client/generated/streams_pb.js';
export { default as streamsServices, type IStreamsServer } from '@eventstore/db-client/generated/streams_grpc_pb.js';
