/**
 * The version of the model that a link names: that of Kubernetes, and a number that grows with every release whose runs may differ. A link also
 * carries the trace hash of its moment, so that a difference is seen and not guessed.
 */
export const modelVersion = '1.36.2-2';
