"""Where moto 5.2.1 is wrong or lacks what a stack needs, each repair with the defect it repairs."""

import json
import os
import threading

import moto_elasticache
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.cloudfront.models import Distribution, Origin
from moto.core import serialize
from moto.core.utils import camelcase_to_underscores
from moto.ecs.responses import EC2ContainerServiceResponse


def repair():
    name_s3_roots()
    keep_origin_access_control()
    name_distributions()
    keep_service_settings()
    run_tasks()
    tag_scalable_targets()
    moto_elasticache.repair()


# The root of an S3 answer is named after the operation (`GetBucketVersioningResponse`); AWS names it after the type,
# and the SDK for Rust checks it.
S3_ROOTS = {
    "GetBucketCors": "CORSConfiguration",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketLocation": "LocationConstraint",
    "GetBucketLogging": "BucketLoggingStatus",
    "GetBucketTagging": "Tagging",
    "GetBucketVersioning": "VersioningConfiguration",
    "ListBuckets": "ListAllMyBucketsResult",
    "ListObjectVersions": "ListVersionsResult",
    "DeleteObjects": "DeleteResult",
}


def name_s3_roots():
    plain = serialize.S3Serializer._serialize_body

    def named(self, body):
        wrapper = f"{self.operation_model.name}Response"
        root = S3_ROOTS.get(self.operation_model.name)
        if root and isinstance(body, dict) and wrapper in body:
            body = {root: body[wrapper]}
        return plain(self, body)

    serialize.S3Serializer._serialize_body = named


# CloudFront forgets the origin access control of an origin.
def keep_origin_access_control():
    plain = Origin.__init__

    def kept(self, origin):
        plain(self, origin)
        self.origin_access_control_id = origin.get("OriginAccessControlId") or ""

    Origin.__init__ = kept


# The ARN of a distribution lacks the empty place of its region, and so it is none.
def name_distributions():
    plain = Distribution.__init__

    def named(self, *args, **others):
        plain(self, *args, **others)
        self.arn = self.arn.replace(":cloudfront:", ":cloudfront::")

    Distribution.__init__ = named


# CreateService forgets these; UpdateService keeps them.
SERVICE_SETTINGS = [
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
]


def keep_service_settings():
    plain = EC2ContainerServiceResponse.create_service

    def kept(self):
        answer = plain(self)
        for name in SERVICE_SETTINGS:
            if (value := self._get_param(name)) is not None:
                setattr(answer.result["service"], camelcase_to_underscores(name), value)
        return answer

    EC2ContainerServiceResponse.create_service = kept


# As many tasks run as the environment says, whatever a service wants; its first deployment would never end.
def run_tasks():
    plain, lock = EC2ContainerServiceResponse.create_service, threading.Lock()

    def running(self):
        with lock:
            os.environ["MOTO_ECS_SERVICE_RUNNING"] = str(self._get_int_param("desiredCount") or 0)
            return plain(self)

    EC2ContainerServiceResponse.create_service = running


# Scalable targets have no tags.
def tag_scalable_targets():
    plain = ApplicationAutoScalingResponse.register_scalable_target

    def tags(self, arn):
        backend = self.applicationautoscaling_backend
        backend.tags_by_arn = getattr(backend, "tags_by_arn", {})
        return backend.tags_by_arn.setdefault(arn, {})

    def register(self):
        answer = plain(self)
        tags(self, json.loads(answer)["ScalableTargetARN"]).update(self._get_param("Tags") or {})
        return answer

    def list_tags(self):
        return json.dumps({"Tags": tags(self, self._get_param("ResourceARN"))})

    def tag(self):
        tags(self, self._get_param("ResourceARN")).update(self._get_param("Tags"))
        return "{}"

    def untag(self):
        for key in self._get_param("TagKeys"):
            tags(self, self._get_param("ResourceARN")).pop(key, None)
        return "{}"

    ApplicationAutoScalingResponse.register_scalable_target = register
    ApplicationAutoScalingResponse.list_tags_for_resource = list_tags
    ApplicationAutoScalingResponse.tag_resource = tag
    ApplicationAutoScalingResponse.untag_resource = untag
