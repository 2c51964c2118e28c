/** A request for a fan-out of ana's in the group that is always there, at one micro an item. */
export const askFor = (requestId: string, items = 1, changes: { readonly parentFanOutId?: string } = {}) => ({
  requestId,
  groupId: 'unassigned',
  userId: 'ana',
  taskId: requestId,
  items,
  estimatedCostMicrosPerItem: 1,
  ...changes,
});
