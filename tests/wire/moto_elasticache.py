"""What moto 5.2.1 lacks of ElastiCache: its replication groups have no nodes and never end, and parameter groups,
engine versions and the end of a subnet group are missing."""

import re
from types import SimpleNamespace

from moto.core.responses import ActionResult, EmptyResult
from moto.elasticache.exceptions import ElastiCacheException
from moto.elasticache.models import ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse

VERSIONS = [("redis", "6.2"), ("redis", "7.0"), ("redis", "7.1"), ("valkey", "7.2"), ("valkey", "8.0")]


def repair():
    for name, repaired in [
        ("create_cache_parameter_group", create_parameter_group),
        ("describe_cache_parameter_groups", describe_parameter_groups),
        ("describe_cache_parameters", describe_parameters),
        ("modify_cache_parameter_group", modify_parameter_group),
        ("reset_cache_parameter_group", reset_parameter_group),
        ("delete_cache_parameter_group", delete_parameter_group),
        ("delete_cache_subnet_group", delete_subnet_group),
        ("describe_cache_engine_versions", describe_engine_versions),
    ]:
        setattr(ElastiCacheResponse, name, repaired)
    plain = ElastiCacheBackend.__init__

    def init(self, *args, **named):
        plain(self, *args, **named)
        self.parameter_groups = {}
        self.arn_regex = re.compile(self.arn_regex.pattern.replace("snapshot|", "snapshot|parametergroup|"))

    ElastiCacheBackend.__init__ = init
    replication_groups_have_nodes()


def replication_groups_have_nodes():
    create, delete = ElastiCacheBackend.create_replication_group, ElastiCacheBackend.delete_replication_group

    def created(self, **asked):
        group = create(self, **asked)
        for name in group.member_clusters:
            self.cache_clusters[name] = SimpleNamespace(
                arn=group.arn.replace(":replicationgroup:", ":cluster:").replace(group.replication_group_id, name),
                auto_minor_version_upgrade=group.auto_minor_version_upgrade,
                cache_cluster_id=name,
                cache_cluster_status="available",
                cache_node_type=group.cache_node_type,
                cache_parameter_group={"CacheParameterGroupName": group.cache_parameter_group_name},
                cache_subnet_group_name=group.cache_subnet_group_name,
                engine=group.engine,
                engine_version=group.engine_version,
                preferred_maintenance_window=group.preferred_maintenance_window,
                replication_group_id=group.replication_group_id,
                security_groups=[{"SecurityGroupId": one, "Status": "active"} for one in group.security_group_ids or []],
            )
        return group

    def deleted(self, replication_group_id, retain_primary_cluster):
        group = delete(self, replication_group_id, retain_primary_cluster)
        del self.replication_groups[replication_group_id]
        for name in [name for name, one in self.cache_clusters.items() if one.replication_group_id == replication_group_id]:
            del self.cache_clusters[name]
        return group

    ElastiCacheBackend.create_replication_group = created
    ElastiCacheBackend.delete_replication_group = deleted


def parameter_group(self):
    name = self._get_param("CacheParameterGroupName")
    if name not in self.elasticache_backend.parameter_groups:
        raise ElastiCacheException("CacheParameterGroupNotFound", f"CacheParameterGroup {name} not found.")
    return self.elasticache_backend.parameter_groups[name]


def create_parameter_group(self):
    backend, name = self.elasticache_backend, self._get_param("CacheParameterGroupName")
    if name in backend.parameter_groups:
        raise ElastiCacheException("CacheParameterGroupAlreadyExists", f"{name} already exists.")
    made = {
        "ARN": f"arn:aws:elasticache:{backend.region_name}:{backend.account_id}:parametergroup:{name}",
        "CacheParameterGroupFamily": self._get_param("CacheParameterGroupFamily"),
        "CacheParameterGroupName": name,
        "Description": self._get_param("Description"),
        "IsGlobal": False,
    }
    backend.parameter_groups[name] = (made, {})
    backend.tagging_service.tag_resource(made["ARN"], self._get_param("Tags", []))
    return ActionResult({"CacheParameterGroup": made})


def describe_parameter_groups(self):
    every = self.elasticache_backend.parameter_groups.values()
    found = [parameter_group(self)] if self._get_param("CacheParameterGroupName") else every
    return ActionResult({"CacheParameterGroups": [made for made, _ in found]})


def describe_parameters(self):
    _, values = parameter_group(self)
    found = [{"ParameterName": name, "ParameterValue": value, "Source": "user"} for name, value in values.items()]
    return ActionResult({"Parameters": found})


def modify_parameter_group(self):
    made, values = parameter_group(self)
    values.update({one["ParameterName"]: one["ParameterValue"] for one in self._get_param("ParameterNameValues")})
    return ActionResult({"CacheParameterGroupName": made["CacheParameterGroupName"]})


def reset_parameter_group(self):
    made, values = parameter_group(self)
    for one in self._get_param("ParameterNameValues", []):
        values.pop(one["ParameterName"], None)
    return ActionResult({"CacheParameterGroupName": made["CacheParameterGroupName"]})


def delete_parameter_group(self):
    made, _ = parameter_group(self)
    del self.elasticache_backend.parameter_groups[made["CacheParameterGroupName"]]
    return EmptyResult()


def delete_subnet_group(self):
    name = self._get_param("CacheSubnetGroupName")
    self.elasticache_backend.describe_cache_subnet_groups(name)
    del self.elasticache_backend.cache_subnet_groups[name]
    return EmptyResult()


def describe_engine_versions(self):
    found = [{"Engine": engine, "EngineVersion": version} for engine, version in VERSIONS if engine == self._get_param("Engine")]
    return ActionResult({"CacheEngineVersions": found})
