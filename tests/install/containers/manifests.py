"""kubernetes/, as kustomize builds it."""

import functools
import json
from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml

from support import BIN, TOOLS, check, execute, run, sanitizer_options

KUBERNETES = "1.31"
APP = {"app.kubernetes.io/name": "confab"}


@functools.cache
def manifests():
    built = run([str(TOOLS / "bin/kustomize"), "build", "kubernetes"])
    return list(yaml.safe_load_all(built))


def of_kind(*kinds):
    return [it for it in manifests() if it["kind"] in kinds]


def template_of(document):
    """Of its pods, if it makes any."""
    spec = document.get("spec", {})
    if document["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    return spec.get("template")


def pods():
    """Name, template and container of all that make pods."""
    for document in manifests():
        template = template_of(document)
        if template:
            containers = template["spec"]["containers"]
            check(len(containers) == 1, f"{containers}")
            yield document["metadata"]["name"], template, containers[0]


def program_of(container):
    """An idle pod is there for confabctl."""
    name = container["command"][0]
    return str(BIN / ("confabctl" if name == "sleep" else name))


def env_of(container):
    env = dict(line.split("=", 1) for line in Path(
        "kubernetes/settings.env").read_text(encoding="utf-8").splitlines())
    own = {it["name"]: it["value"] for it in container["env"]}
    return {**sanitizer_options(), **env, **own}


def case_manifests_fit_their_schema():
    for document in manifests():
        if "keda.sh" not in document["apiVersion"]:
            kubernetes_validate.validate(document, KUBERNETES, strict=True)


def case_manifests_are_all_listed():
    listed = yaml.safe_load(Path(
        "kubernetes/kustomization.yaml").read_text())["resources"]
    there = {path.name for path in Path("kubernetes").glob("*.yaml")}
    check(set(listed) == there - {"kustomization.yaml"}, f"{listed}")
    written = [it for name in listed for it in
               yaml.safe_load_all(Path("kubernetes", name).read_text())]
    # and the settings, as a ConfigMap
    check(len(manifests()) == len(written) + 1, "kustomize lost something")


def case_pods_run_without_rights():
    for name, template, container in pods():
        pod, rights = template["spec"], container["securityContext"]
        check(pod["securityContext"]["runAsNonRoot"] and
              not pod["automountServiceAccountToken"], name)
        check(rights["readOnlyRootFilesystem"] and
              not rights["allowPrivilegeEscalation"] and
              rights["capabilities"] == {"drop": ["ALL"]}, name)
        check({"cpu", "memory"} <= set(container["resources"]["requests"]) and
              "memory" in container["resources"]["limits"], name)


def case_settings_of_pods_are_good():
    for _, _, container in pods():
        run([program_of(container), "--check-config"], env_of(container))


def case_services_are_no_settings():
    """A variable that a Service makes is refused, so that pods want none."""
    for service in of_kind("Service"):
        link = service["metadata"]["name"].upper().replace("-", "_") + "_PORT"
        for name, template, container in pods():
            env = {**env_of(container), link: "tcp://10.0.0.1:80"}
            code, _, _ = execute([program_of(container), "--check-config"],
                                 env)
            check(code != 0 and template["spec"]["enableServiceLinks"] is
                  False, name)


def case_selectors_choose_confab_alone():
    labels = {name: template["metadata"]["labels"]
              for name, template, _ in pods()}
    for document in of_kind("Deployment", "Service", "PodDisruptionBudget"):
        selector = document["spec"]["selector"]
        wanted = selector.get("matchLabels", selector)
        check(APP.items() <= wanted.items(), f"{selector}")
        chosen = [name for name, own in labels.items()
                  if wanted.items() <= own.items()]
        check(chosen == [document["metadata"]["name"]], f"{chosen}")


def case_pods_have_time_to_stop():
    """As long as systemd gives them, after what comes before."""
    for document in of_kind("Deployment"):
        pod = template_of(document)["spec"]
        container = pod["containers"][0]
        if container["command"][0] == "sleep":
            continue
        hook = container.get("lifecycle", {}).get("preStop")
        before = int(hook["exec"]["command"][1]) if hook else 0
        check(pod["terminationGracePeriodSeconds"] >= 30 + before,
              container["name"])
        check(hook or "confab-api" not in container["command"],
              "requests come to a pod that has stopped")


# ---- KEDA ----


def closed(schema):
    """A name that a schema does not know is a mistake."""
    if isinstance(schema, list):
        return [closed(it) for it in schema]
    if not isinstance(schema, dict):
        return schema
    result = {name: closed(it) for name, it in schema.items()}
    if ("properties" in schema and "additionalProperties" not in schema and
            not schema.get("x-kubernetes-preserve-unknown-fields")):
        result["additionalProperties"] = False
    return result


def keda_schema(kind):
    path = TOOLS / "keda" / f"keda.sh_{kind.lower()}s.yaml"
    versions = yaml.safe_load(path.read_text())["spec"]["versions"]
    known = {it["name"]: it["schema"]["openAPIV3Schema"] for it in versions}
    return closed(known["v1alpha1"])


def case_scaling_fits_its_schema():
    documents = [it for it in manifests() if "keda.sh" in it["apiVersion"]]
    for document in documents:
        schema = keda_schema(document["kind"])
        jsonschema.validate(document, schema)
        try:
            jsonschema.validate({**document, "spec": {"unknown": 1}}, schema)
        except jsonschema.ValidationError:
            continue
        raise AssertionError("the schema takes everything")
    check(len(documents) == 4, f"{len(documents)}")


def scaler_of(trigger):
    text = (TOOLS / "keda/scalers-schema.json").read_text(encoding="utf-8")
    scalers = {it["type"]: it["parameters"]
               for it in json.loads(text)["scalers"]}
    return {it["name"]: it for it in scalers[trigger["type"]]}


def case_triggers_are_as_their_scaler_wants():
    secrets = {it["metadata"]["name"]:
               {ref["parameter"] for ref in it["spec"]["secretTargetRef"]}
               for it in of_kind("TriggerAuthentication")}
    for document in of_kind("ScaledObject"):
        for trigger in document["spec"]["triggers"]:
            parameters = scaler_of(trigger)
            plain = set(trigger["metadata"])
            secret = secrets[trigger["authenticationRef"]["name"]]
            for name in plain:
                check(parameters[name].get("metadataVariableReadable"), name)
            for name in secret:
                check(parameters[name].get(
                    "triggerAuthenticationVariableReadable"), name)
            for name, it in parameters.items():
                check(it.get("optional") or "default" in it or
                      name in plain | secret, f"{name} is missing")


def case_scaling_follows_the_queues():
    deployments = {it["metadata"]["name"] for it in of_kind("Deployment")}
    with open("rabbitmq/definitions.json", encoding="utf-8") as definitions:
        queues = {it["name"] for it in json.load(definitions)["queues"]}
    scaled = [it["spec"] for it in of_kind("ScaledObject")]
    check(len(scaled) == 3, f"{len(scaled)} workers scale")
    for spec in scaled:
        check(spec["scaleTargetRef"]["name"] in deployments, f"{spec}")
        check(spec["triggers"][0]["metadata"]["queueName"] in queues, f"{spec}")
