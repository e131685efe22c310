package dev.hairpin.agent.doctor;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.docker.DaemonSettings;
import dev.hairpin.agent.docker.DockerInspection;
import dev.hairpin.agent.docker.EngineVersion;
import dev.hairpin.agent.reconcile.Recorded;
import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.netfilter.Tables;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What is known of a host, as values. What could not be looked up, or not be understood, is missing
 * and never made up.
 *
 * @param tables all rules in force, by family; those of iptables-legacy are in tables of their own
 *     kind, see {@link LegacyTables}
 * @param networks interfaces, routes and settings, by family
 * @param wires interfaces as hardware, by name
 * @param neighbours hardware addresses by address, as {@code ip neigh} shows them
 * @param sysctls settings by name, with dots
 * @param listeners sockets of this host's own namespace
 * @param proxies command lines of docker-proxy, by process
 * @param docker what Docker says
 * @param record what an agent has recorded of this host
 * @param agent the process of the agent that runs
 * @param refused ports that it should serve and can't
 * @param insides by the name of the container or namespace
 * @param connections lines of {@code conntrack -L}
 * @param troubles what could not be read, and why
 */
public record Evidence(
    Map<Family, Tables> tables,
    Map<Family, Surveyed> networks,
    Map<String, Wire> wires,
    Map<IpAddress, String> neighbours,
    Map<String, String> sysctls,
    Optional<List<Listener>> listeners,
    Map<Long, List<String>> proxies,
    Optional<OfDocker> docker,
    Optional<Recorded> record,
    OptionalLong agent,
    List<Refused> refused,
    Map<String, Inside> insides,
    Optional<List<String>> connections,
    List<Trouble> troubles) {
  public Evidence {
    tables = Map.copyOf(tables);
    networks = Map.copyOf(networks);
    wires = Map.copyOf(wires);
    neighbours = Map.copyOf(neighbours);
    sysctls = Map.copyOf(sysctls);
    listeners = requireNonNull(listeners, "listeners").map(List::copyOf);
    proxies = Map.copyOf(proxies);
    requireNonNull(docker, "docker");
    requireNonNull(record, "record");
    requireNonNull(agent, "agent");
    refused = List.copyOf(refused);
    insides = Map.copyOf(insides);
    connections = requireNonNull(connections, "connections").map(List::copyOf);
    troubles = List.copyOf(troubles);
  }

  /** The same on another network. */
  Evidence with(Map<Family, Surveyed> others) {
    return new Evidence(
        tables,
        others,
        wires,
        neighbours,
        sysctls,
        listeners,
        proxies,
        docker,
        record,
        agent,
        refused,
        insides,
        connections,
        troubles);
  }

  /**
   * What Docker says.
   *
   * @param version of the engine, as it says itself; empty where it doesn't
   * @param settings of the daemon; empty where nothing tells them
   */
  public record OfDocker(
      DockerInspection inspection,
      Optional<EngineVersion> version,
      Optional<DaemonSettings> settings) {
    public OfDocker {
      requireNonNull(inspection, "inspection");
      requireNonNull(version, "version");
      requireNonNull(settings, "settings");
    }
  }

  /**
   * A port that the agent should serve, and can't.
   *
   * @param port {@code 0.0.0.0:8080/tcp}
   * @param publisher {@code namespace ns1}
   * @param why as {@code hairpin ps} says it: {@code address already in use by nginx (pid 77)}
   */
  public record Refused(String port, String publisher, String why) {
    public Refused {
      requireNonNull(port, "port");
      requireNonNull(publisher, "publisher");
      requireNonNull(why, "why");
    }
  }

  /**
   * Something that could not be read.
   *
   * @param section of the {@link Bundle}, or the command that was to print it
   * @param why what went wrong
   * @param isOfPart whether the rest of the section was read, and most questions are answered by it
   */
  public record Trouble(String section, String why, boolean isOfPart) {
    public Trouble {
      requireNonNull(section, "section");
      requireNonNull(why, "why");
    }

    /** With a whole section. */
    Trouble(String section, String why) {
      this(section, why, false);
    }
  }
}
