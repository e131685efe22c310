package dev.hairpin.agent.reconcile;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.Problem;
import dev.hairpin.agent.firewalld.Firewalld;
import dev.hairpin.rules.apply.FirewallException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * firewalld's zone {@code docker}, which has the bridges that ports are published for, as dockerd
 * has it (libnetwork/iptables/firewalld.go): zone and policy are made for good where there are
 * none, and bridges are put in until firewalld's next reload, when this is done again. Without it
 * firewalld drops what containers send, and what is sent to them directly, whatever our rules say.
 */
final class DockerZone {
  private static final Logger log = LoggerFactory.getLogger(DockerZone.class);

  private static final String ZONE = "docker";
  private static final String ZONE_IS = "zone for docker bridge network interfaces";
  private static final String POLICY = "docker-forwarding";
  private static final String POLICY_IS = "allow forwarding to the docker zone";

  private final Firewalld firewalld;
  private final Host host;

  DockerZone(Firewalld firewalld, Host host) {
    this.firewalld = requireNonNull(firewalld, "firewalld");
    this.host = requireNonNull(host, "host");
  }

  /**
   * Has these bridges and no others of ours in the zone. Where firewalld doesn't run there is
   * nothing to do.
   *
   * @return what firewalld refused, and bridges that somebody has in another zone
   * @throws IOException if the record can't be written; nothing is changed that it doesn't have
   */
  List<Problem> prepare(Collection<String> bridges) throws IOException {
    FirewalldChanges done = host.applied().firewalld();
    if ((bridges.isEmpty() && done.isEmpty()) || !firewalld.isRunning()) {
      return List.of();
    }
    List<Problem> problems = new ArrayList<>();
    try {
      if (!bridges.isEmpty()) {
        make();
      }
      Set<String> inside = firewalld.interfacesOf(ZONE);
      for (String bridge : bridges) {
        if (!inside.contains(bridge)) {
          putIn(bridge, problems);
        }
      }
      for (String gone : done.interfaces()) {
        if (!bridges.contains(gone)) {
          takeOut(gone);
        }
      }
    } catch (FirewallException e) {
      problems.add(new Problem("put bridges into firewalld's zone " + ZONE, e.getMessage()));
    }
    return problems;
  }

  private void make() throws FirewallException, IOException {
    boolean hasZone = firewalld.zones().contains(ZONE);
    Set<String> policies = firewalld.policies();
    // One that is too old for policies has no need of it either.
    boolean hasPolicy = policies.contains(POLICY) || policies.isEmpty();
    if (hasZone && hasPolicy) {
      return;
    }
    if (!hasZone) {
      remember(host.applied().firewalld().withMade(ZONE));
      firewalld.makeZone(ZONE, ZONE_IS);
    }
    if (!hasPolicy) {
      remember(host.applied().firewalld().withMade(POLICY));
      firewalld.makePolicy(POLICY, POLICY_IS, ZONE);
    }
    firewalld.reload();
    log.info("made firewalld's zone {} and its policy {}, and had it reloaded", ZONE, POLICY);
  }

  private void putIn(String bridge, List<Problem> problems) throws FirewallException, IOException {
    String other = firewalld.zoneOf(bridge);
    if (!other.isEmpty()) {
      problems.add(
          new Problem(
              "put " + bridge + " into firewalld's zone " + ZONE,
              "it is in zone "
                  + other
                  + ", which decides what containers may; to change that: firewall-cmd --zone="
                  + ZONE
                  + " --change-interface="
                  + bridge));
      return;
    }
    remember(host.applied().firewalld().withInterface(bridge));
    firewalld.putInto(ZONE, bridge);
    log.info("put {} into firewalld's zone {}", bridge, ZONE);
  }

  private void takeOut(String bridge) throws FirewallException, IOException {
    firewalld.takeOutOf(ZONE, bridge);
    remember(host.applied().firewalld().withoutInterface(bridge));
  }

  /**
   * Takes back what is on record. What can't be taken back now stays there for the next time.
   *
   * @return what was done and what was not, one line each
   */
  List<String> restore() throws IOException {
    FirewalldChanges done = host.applied().firewalld();
    List<String> lines = new ArrayList<>();
    if (done.isEmpty()) {
      return lines;
    }
    if (!firewalld.isRunning()) {
      // It had the bridges for as long as it ran.
      remember(new FirewalldChanges(Set.of(), done.made()));
      if (!done.made().isEmpty()) {
        lines.add(
            "left firewalld's zone "
                + ZONE
                + ": firewalld doesn't run; hairpin down takes it away");
      }
      return lines;
    }
    try {
      for (String bridge : new TreeSet<>(done.interfaces())) {
        takeOut(bridge);
        lines.add("took " + bridge + " out of firewalld's zone " + ZONE);
      }
      unmake(lines);
    } catch (FirewallException e) {
      lines.add(e.getMessage() + "; it is still to be undone by hairpin down");
    }
    return lines;
  }

  /** Others may have come to rely on what we made. */
  private void unmake(List<String> lines) throws FirewallException, IOException {
    Set<String> made = host.applied().firewalld().made();
    if (made.isEmpty()) {
      return;
    }
    Set<String> others = firewalld.zones().contains(ZONE) ? firewalld.interfacesOf(ZONE) : Set.of();
    if (!others.isEmpty()) {
      lines.add(
          "left firewalld's zone "
              + ZONE
              + " to those in it: "
              + String.join(", ", new TreeSet<>(others)));
      remember(FirewalldChanges.NONE);
      return;
    }
    if (made.contains(POLICY)) {
      firewalld.removePolicy(POLICY);
      remember(host.applied().firewalld().withoutMade(POLICY));
    }
    if (made.contains(ZONE)) {
      firewalld.removeZone(ZONE);
      remember(host.applied().firewalld().withoutMade(ZONE));
    }
    lines.add(
        "removed firewalld's "
            + String.join(" and ", new TreeSet<>(made))
            + "; in force until its next reload, without any bridge");
  }

  private void remember(FirewalldChanges next) throws IOException {
    host.remember(host.applied().withFirewalld(next));
  }
}
