package dev.hairpin.agent.docker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * Takes out of Docker's answers what published ports depend on, and nothing else: environments,
 * commands, mounts and labels hold people's passwords. What isn't named here is left out. Pure.
 */
final class KeptFields {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A container, as {@link InspectedContainer} reads it. */
  private static final JsonNode CONTAINER =
      form(
          """
          {"Id": 1, "Name": 1, "Created": 1,
           "State": {"Status": 1, "Running": 1, "Pid": 1, "StartedAt": 1, "Error": 1,
                     "ExitCode": 1},
           "HostConfig": {"NetworkMode": 1, "PublishAllPorts": 1, "Links": [1],
                          "PortBindings": {"*": [{"HostIp": 1, "HostPort": 1}]}},
           "Config": {"ExposedPorts": {"*": {}}, "Labels": {"hairpin.*": 1}},
           "NetworkSettings": {
             "SandboxKey": 1,
             "Ports": {"*": [{"HostIp": 1, "HostPort": 1}]},
             "Networks": {"*": {"NetworkID": 1, "IPAddress": 1, "IPPrefixLen": 1, "Gateway": 1,
                                "GlobalIPv6Address": 1, "GlobalIPv6PrefixLen": 1,
                                "IPv6Gateway": 1, "MacAddress": 1, "GwPriority": 1}}}}
          """);

  /** A network, as {@link InspectedNetwork} and {@link BridgeOptions} read it. */
  private static final JsonNode NETWORK =
      form(
          """
          {"Id": 1, "Name": 1, "Created": 1, "Driver": 1, "Scope": 1, "Internal": 1,
           "EnableIPv4": 1, "EnableIPv6": 1,
           "IPAM": {"Driver": 1, "Config": [{"Subnet": 1, "IPRange": 1, "Gateway": 1}]},
           "Options": {"com.docker.network.*": 1}}
          """);

  /** dockerd's configuration, as {@link DaemonSettings} reads it. */
  private static final JsonNode DAEMON =
      form(
          """
          {"iptables": 1, "ip6tables": 1, "experimental": 1, "userland-proxy": 1,
           "ip-forward": 1, "ip-forward-no-drop": 1, "icc": 1, "ip-masq": 1, "ip": 1, "ipv6": 1,
           "allow-direct-routing": 1, "bridge-accept-fwmark": 1, "firewall-backend": 1,
           "bridge": 1, "bip": 1, "bip6": 1, "mtu": 1}
          """);

  private KeptFields() {}

  static JsonNode ofContainer(JsonNode inspected) {
    return kept(inspected, CONTAINER);
  }

  static JsonNode ofNetwork(JsonNode inspected) {
    return kept(inspected, NETWORK);
  }

  static JsonNode ofDaemon(JsonNode file) {
    return kept(file, DAEMON);
  }

  /** Whether it is a setting of dockerd's that is kept. */
  static boolean isOfDaemon(String setting) {
    return DAEMON.has(setting);
  }

  private static JsonNode form(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What is {@code null} stays so: it says something else than what is missing. */
  private static JsonNode kept(JsonNode value, JsonNode form) {
    if (value.isNull() && !form.isMissingNode()) {
      return value;
    }
    if (form.isObject() && value.isObject()) {
      return members(value, form);
    }
    if (form.isArray() && value.isArray()) {
      return elements(value, form.get(0));
    }
    return form.isNumber() && value.isValueNode() ? value : MissingNode.getInstance();
  }

  private static JsonNode members(JsonNode value, JsonNode form) {
    ObjectNode members = JSON.createObjectNode();
    for (Map.Entry<String, JsonNode> member : value.properties()) {
      JsonNode kept = kept(member.getValue(), of(member.getKey(), form));
      if (!kept.isMissingNode()) {
        members.set(member.getKey(), kept);
      }
    }
    return members;
  }

  /** How a member is kept; missing where it isn't. */
  private static JsonNode of(String name, JsonNode form) {
    for (Map.Entry<String, JsonNode> each : form.properties()) {
      String pattern = each.getKey();
      if (pattern.endsWith("*")
          ? name.startsWith(pattern.substring(0, pattern.length() - 1))
          : name.equals(pattern)) {
        return each.getValue();
      }
    }
    return MissingNode.getInstance();
  }

  private static JsonNode elements(JsonNode value, JsonNode form) {
    ArrayNode elements = JSON.createArrayNode();
    for (JsonNode element : value) {
      JsonNode kept = kept(element, form);
      if (!kept.isMissingNode()) {
        elements.add(kept);
      }
    }
    return elements;
  }
}
