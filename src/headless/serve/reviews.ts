/** Questions that clients ask about themselves: everything is allowed to the one user there is. */

const allowed = { allowed: true, reason: 'kubarium: everything is allowed to kubernetes-admin' };

/** Answers SelfSubjectAccessReview, SelfSubjectRulesReview and SelfSubjectReview; undefined for any other path. */
export function reviewed(path: string, body: string): unknown {
  const statuses: Record<string, unknown> = {
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews': allowed,
    '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews': {
      incomplete: false,
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    },
    '/apis/authentication.k8s.io/v1/selfsubjectreviews': {
      userInfo: { username: 'kubernetes-admin', groups: ['kubeadm:cluster-admins', 'system:authenticated'] },
    },
  };
  if (!Object.hasOwn(statuses, path)) return undefined;
  let asked: object = {};
  try {
    const value: unknown = JSON.parse(body);
    if (value !== null && typeof value === 'object') asked = value;
  } catch {
    // An unreadable question has the same answer.
  }
  return { ...asked, metadata: {}, status: statuses[path] };
}
