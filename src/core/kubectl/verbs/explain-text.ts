/** Words about fields. Simplified: only the fields people ask for most are described, in the API's own sense; the rest have none. */

export interface Described {
  text: string;
  /** Values of an enumeration. */
  values: string[];
}

const probe: Record<string, string> = {
  periodSeconds: 'How often (in seconds) to perform the probe. Default to 10 seconds. Minimum value is 1.',
};

const pod: Record<string, Described> = {
  restartPolicy: {
    text: 'Restart policy for all containers within the pod. One of Always, OnFailure, Never. In some contexts, only a subset of those values may be permitted. Default to Always. More info: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy\n\nPossible enum values:\n - `"Always"`\n - `"Never"`\n - `"OnFailure"`',
    values: ['Always', 'Never', 'OnFailure'],
  },
};

export function describedField(path: readonly string[], _root: string): Described {
  const [last, parent] = [path.at(-1) ?? '', path.at(-2) ?? ''];
  if (parent.endsWith('Probe') && Object.hasOwn(probe, last)) return { text: probe[last] as string, values: [] };
  if (parent === 'spec' && Object.hasOwn(pod, last)) return pod[last] as Described;
  return { text: '<no description>', values: [] };
}
