import { gossip, shared } from './protocol.js';

const { LEADER, FOLLOWER } = gossip.MemberInfo.VNodeState;

/** What a node says of a cluster in which one node leads, and at most one other is known, which follows. */
export const clusterLedBy = (port: number, followerPort: number | undefined): gossip.ClusterInfo => {
  const followers = followerPort === undefined ? [] : [member(followerPort, FOLLOWER)];
  return new gossip.ClusterInfo().setMembersList([member(port, LEADER), ...followers]);
};

const member = (port: number, state: gossip.MemberInfo.VNodeState): gossip.MemberInfo =>
  new gossip.MemberInfo()
    .setInstanceId(new shared.UUID().setString(`00000000-0000-4000-8000-${String(port).padStart(12, '0')}`))
    .setState(state)
    .setIsAlive(true)
    .setTimeStamp('0')
    .setHttpEndPoint(new gossip.EndPoint().setAddress('127.0.0.1').setPort(port));
