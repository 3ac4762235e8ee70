/** The verdict on every field of the types listed: the plain table that the walk in fidelity.ts reads. A test keeps it complete. */

/** `acting`, or what is lost: `simplified: …` acts in part, `not simulated: …` is kept and shown but nothing acts on it. */
export type Verdict = 'acting' | { simplified: string } | { notSimulated: string };

const simplified = (reason: string): Verdict => ({ simplified: reason });
const not = (reason: string): Verdict => ({ notSimulated: reason });

const networkVolume = not('volumes of clouds and storage systems are not mounted');
const seLinux = not('the nodes run without SELinux');
const windows = not('the nodes run Linux');
const claims = not('there is no dynamic resource allocation');
const profile = simplified('shown in the container, not enforced');

/** `field field field`: all acting. */
const acting = (fields: string): Record<string, Verdict> => Object.fromEntries(fields.split(' ').map((field) => [field, 'acting' as Verdict]));

const container: Record<string, Verdict> = {
  ...acting('args command env envFrom image imagePullPolicy lifecycle livenessProbe name ports readinessProbe resources restartPolicy restartPolicyRules'),
  ...acting('resizePolicy securityContext startupProbe terminationMessagePath terminationMessagePolicy volumeMounts workingDir'),
  stdin: simplified('standard input stays open; what is typed into attach does not reach it'),
  stdinOnce: simplified('standard input stays open; what is typed into attach does not reach it'),
  tty: simplified('there is no terminal: output is the same'),
  volumeDevices: not('there are no block devices'),
};

const selectorAndTemplate = acting('minReadySeconds replicas selector template');

export const verdicts: Record<string, Record<string, Verdict>> = {
  PodSpec: {
    ...acting('activeDeadlineSeconds affinity automountServiceAccountToken containers dnsConfig dnsPolicy enableServiceLinks ephemeralContainers hostAliases'),
    ...acting(
      'hostNetwork hostname hostnameOverride initContainers nodeName nodeSelector preemptionPolicy priority priorityClassName readinessGates resources',
    ),
    ...acting('restartPolicy schedulingGates securityContext serviceAccount serviceAccountName setHostnameAsFQDN subdomain terminationGracePeriodSeconds'),
    ...acting('hostPID tolerations topologySpreadConstraints volumes overhead shareProcessNamespace'),
    hostIPC: simplified('shown in the sandbox; there is no shared memory between processes'),
    hostUsers: not('there are no user namespaces'),
    imagePullSecrets: simplified('registries ask for credentials only where a name says "private", and take any'),
    os: simplified('only checked: the nodes run Linux'),
    resourceClaims: claims,
    runtimeClassName: simplified('of handlers the nodes know runc alone: pods of other classes report FailedCreatePodSandBox'),
    schedulerName: simplified('only default-scheduler runs: a pod of another scheduler stays Pending'),
    schedulingGroup: not('there is no gang scheduling'),
  },
  PodSecurityContext: {
    ...acting('fsGroup runAsGroup runAsNonRoot runAsUser supplementalGroups'),
    appArmorProfile: profile,
    seccompProfile: profile,
    fsGroupChangePolicy: simplified('ownership is always set at once'),
    supplementalGroupsPolicy: simplified('groups of the image are not known'),
    sysctls: simplified('shown in the sandbox; no program reads them'),
    seLinuxChangePolicy: seLinux,
    seLinuxOptions: seLinux,
    windowsOptions: windows,
  },
  SecurityContext: {
    ...acting('privileged readOnlyRootFilesystem runAsGroup runAsNonRoot runAsUser'),
    allowPrivilegeEscalation: profile,
    capabilities: profile,
    appArmorProfile: profile,
    seccompProfile: profile,
    procMount: not('/proc is the same for every container'),
    seLinuxOptions: seLinux,
    windowsOptions: windows,
  },
  Container: container,
  EphemeralContainer: {
    ...container,
    ...acting('targetContainerName'),
  },
  Lifecycle: acting('postStart preStop stopSignal'),
  LifecycleHandler: { ...acting('exec httpGet sleep'), tcpSocket: not('the kubelet has never acted on it') },
  Probe: acting('exec failureThreshold grpc httpGet initialDelaySeconds periodSeconds successThreshold tcpSocket terminationGracePeriodSeconds timeoutSeconds'),
  ExecAction: acting('command'),
  HTTPGetAction: { ...acting('host httpHeaders path port'), scheme: simplified('HTTPS is answered like HTTP: there are no certificates') },
  TCPSocketAction: acting('host port'),
  GRPCAction: acting('port service'),
  SleepAction: acting('seconds'),
  ContainerPort: acting('containerPort hostIP hostPort name protocol'),
  EnvVar: acting('name value valueFrom'),
  EnvVarSource: { ...acting('configMapKeyRef fieldRef resourceFieldRef secretKeyRef'), fileKeyRef: not('variables are not read from files') },
  EnvFromSource: acting('configMapRef prefix secretRef'),
  ResourceRequirements: { ...acting('limits requests'), claims },
  VolumeMount: {
    ...acting('mountPath name readOnly subPath subPathExpr'),
    mountPropagation: simplified('shown in the mount; later mounts do not spread'),
    recursiveReadOnly: simplified('shown in the status; there are no mounts below a mount'),
  },
  Volume: {
    ...acting('configMap downwardAPI emptyDir hostPath name persistentVolumeClaim projected secret'),
    ephemeral: simplified('the claim is made; its volume is a directory of the node'),
    image: not('images are not mounted as volumes'),
    csi: not('there are no inline CSI drivers'),
    gitRepo: not('repositories are not cloned (switched off upstream too)'),
    ...Object.fromEntries(
      'awsElasticBlockStore azureDisk azureFile cephfs cinder fc flexVolume flocker gcePersistentDisk glusterfs iscsi nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume'
        .split(' ')
        .map((field) => [field, networkVolume]),
    ),
  },
  VolumeProjection: {
    ...acting('configMap downwardAPI secret serviceAccountToken'),
    clusterTrustBundle: not('there are no trust bundles'),
    podCertificate: not('no certificates are issued'),
  },
  EmptyDirVolumeSource: acting('medium sizeLimit'),
  HostPathVolumeSource: acting('path type'),
  ConfigMapVolumeSource: acting('defaultMode items name optional'),
  SecretVolumeSource: acting('defaultMode items optional secretName'),
  DownwardAPIVolumeSource: acting('defaultMode items'),
  ProjectedVolumeSource: acting('defaultMode sources'),
  PersistentVolumeClaimVolumeSource: acting('claimName readOnly'),
  PodDNSConfig: acting('nameservers options searches'),
  ServiceSpec: {
    ...acting('allocateLoadBalancerNodePorts clusterIP clusterIPs externalIPs externalName externalTrafficPolicy healthCheckNodePort internalTrafficPolicy'),
    ...acting('loadBalancerSourceRanges ports publishNotReadyAddresses selector sessionAffinity sessionAffinityConfig trafficDistribution type'),
    ipFamilies: simplified('the cluster has one address family'),
    ipFamilyPolicy: simplified('the cluster has one address family'),
    loadBalancerClass: simplified('a Service with a class is left to a controller that does not exist'),
    loadBalancerIP: simplified('the cloud gives the next free address'),
  },
  ServicePort: { ...acting('name nodePort port protocol targetPort'), appProtocol: simplified('carried into EndpointSlices; nothing reads it') },
  DeploymentSpec: { ...selectorAndTemplate, ...acting('paused progressDeadlineSeconds revisionHistoryLimit strategy') },
  DeploymentStrategy: acting('rollingUpdate type'),
  RollingUpdateDeployment: acting('maxSurge maxUnavailable'),
  ReplicaSetSpec: selectorAndTemplate,
  ReplicationControllerSpec: selectorAndTemplate,
  DaemonSetSpec: acting('minReadySeconds revisionHistoryLimit selector template updateStrategy'),
  DaemonSetUpdateStrategy: acting('rollingUpdate type'),
  RollingUpdateDaemonSet: acting('maxSurge maxUnavailable'),
  StatefulSetSpec: {
    ...selectorAndTemplate,
    ...acting('ordinals persistentVolumeClaimRetentionPolicy podManagementPolicy revisionHistoryLimit serviceName updateStrategy volumeClaimTemplates'),
  },
  StatefulSetPersistentVolumeClaimRetentionPolicy: acting('whenDeleted whenScaled'),
  StatefulSetUpdateStrategy: acting('rollingUpdate type'),
  RollingUpdateStatefulSetStrategy: {
    ...acting('partition'),
    maxUnavailable: not('the API server of v1.36 drops it: the gate MaxUnavailableStatefulSet is off'),
  },
  JobSpec: {
    ...acting('activeDeadlineSeconds backoffLimit completionMode completions manualSelector parallelism podReplacementPolicy selector suspend template'),
    ...acting('backoffLimitPerIndex maxFailedIndexes podFailurePolicy successPolicy ttlSecondsAfterFinished'),
    managedBy: simplified('a Job of another controller is left alone'),
  },
  CronJobSpec: {
    ...acting('concurrencyPolicy failedJobsHistoryLimit jobTemplate schedule startingDeadlineSeconds successfulJobsHistoryLimit suspend'),
    timeZone: simplified('schedules are read in UTC'),
  },
};

/** Kinds that are stored and validated while nobody acts on them. */
export const kindVerdicts: Record<string, string> = {
  Ingress: 'there is no Ingress controller',
  NetworkPolicy: 'the network plugin enforces no policies: all traffic is let through',
  IngressClass: 'there is no Ingress controller',
  HorizontalPodAutoscaler: 'only its bounds are kept: metrics are not read, so that nothing is scaled by use',
  CSIDriver: 'there are no CSI drivers of its own',
  CSINode: 'there are no CSI drivers of its own',
  VolumeAttachment: 'volumes are never attached',
  Role: 'every request is allowed',
  ClusterRole: 'every request is allowed',
  RoleBinding: 'every request is allowed',
  ClusterRoleBinding: 'every request is allowed',
  PodTemplate: 'no controller reads PodTemplates',
};
