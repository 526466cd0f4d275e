import Resources
import Testing
import YAML

/// Manifests in the shapes of the samples of 2018.
@Suite struct SampleManifestTests {
    @Test func `a Route and a Configuration share a file and an anchor`() throws {
        let objects = try Reading.desired(
            """
            apiVersion: elafros.dev/v1alpha1
            kind: Route
            metadata:
              name: thumb
            spec:
              traffic:
              - configurationName: thumbtemplate
                percent: 100
            ---
            apiVersion: elafros.dev/v1alpha1
            kind: Configuration
            metadata:
              name: thumbtemplate
              labels: {app: thumb}
            spec:
              build:
                serviceAccountName: build-bot
                source:
                  git:
                    url: git@example.com:shop/tester.git
                    branch: master
                template:
                  name: kaniko
                  arguments:
                  - name: IMAGE
                    value: &image registry.example.com/tester
                  - name: SKIP_DETECT
                    value: "true"
              revisionTemplate:
                metadata:
                  labels:
                    elafros.dev/type: app
                spec:
                  container:
                    image: *image
                    env:
                    - name: TARGET
                      value: thumb_v1
                    - name: SECRET_TOKEN
                      valueFrom:
                        secretKeyRef:
                          name: githubsecret
                          key: secretToken
                    readinessProbe:
                      httpGet:
                        path: /
                        port: 8080
                      initialDelaySeconds: 3
                      periodSeconds: 3
            """
        )
        #expect(objects.map(\.key.kind) == [.route, .configuration])
        // The author's form is kept.
        #expect(objects[0].spec["traffic"] != nil && objects[0].spec["rollout"] == nil)
        let container = ConfigurationSpec(objects[1].spec).template.spec["container"]
        #expect(container?["image"] == "registry.example.com/tester")
        #expect(container?["readinessProbe"]?["httpGet"]?["port"] == 8080)
        #expect(RevisionSpec(ConfigurationSpec(objects[1].spec).template.spec).environment.last?.value == nil)
    }

    @Test func `probes take ports by number or name, quantities are text`() throws {
        let build = try Reading.one(
            """
            apiVersion: build.dev/v1alpha1
            kind: Build
            metadata: {name: shop-00001}
            spec:
              source:
                gcs: {type: archive, location: "gs://shop/1.zip"}
              steps:
              - image: builder
                args: [1.10, true, 0777]
                resources: {limits: {memory: 1Gi, cpu: 2}}
                livenessProbe: {tcpSocket: {port: http}}
                volumeMounts: [{name: cache, mountPath: /cache}]
              volumes:
              - name: cache
                emptyDir: {}
              - name: config
                configMap: {name: c, items: [{path: b, key: a}]}
              timeout: 10m
            """
        )
        let step = build.spec["steps"]?.list?.first
        #expect(step?["args"] == ["1.10", "true", "0777"])
        #expect(step?["resources"]?["limits"] == ["cpu": "2", "memory": "1Gi"])
        #expect(step?["livenessProbe"]?["tcpSocket"]?["port"] == "http")
        #expect(build.spec["source"]?["gcs"]?["type"] == "Archive")
        #expect(build.spec["volumes"]?.list?[0]["emptyDir"] == [:])
        // What no table describes has its keys in order.
        #expect(build.spec["volumes"]?.list?[1]["configMap"]?.map?.keys.first == "items")
        #expect(BuildValidation.check(build.spec) == nil)
    }

    @Test func `documents of other groups are skipped, and say what they are`() {
        let notes = Reading.manifests(
            """
            apiVersion: v1
            kind: Service
            metadata: {name: shop}
            ---
            apiVersion: rbac.authorization.k8s.io/v1beta1
            kind: ClusterRole
            metadata: {name: shop}
            ---
            apiVersion: elafro.dev/v1alpha1
            kind: Service
            metadata: {name: shop}
            ---
            just: data
            """
        ).map { manifest in
            if case .skipped(let note) = manifest { note.message } else { "not skipped" }
        }
        #expect(
            notes == [
                "Service of Kubernetes' core group v1 is not ours",
                "ClusterRole of rbac.authorization.k8s.io is not ours",
                "Service of elafro.dev is not ours; did you mean \"elafros.dev\"?",
                "no object: it has no apiVersion",
            ]
        )
    }

    @Test func `a List is read item by item`() throws {
        let objects = try Reading.desired(
            """
            apiVersion: v1
            kind: List
            items:
            - apiVersion: serving.knative.dev/v1alpha1
              kind: Route
              metadata: {name: one}
            - apiVersion: elafros.dev/v1alpha1
              kind: Route
              metadata: {name: two, namespace: shop}
              spec: {traffic: null}
            """
        )
        #expect(objects.map(\.key) == [Key(.route, "default", "one"), Key(.route, "shop", "two")])
    }
}
