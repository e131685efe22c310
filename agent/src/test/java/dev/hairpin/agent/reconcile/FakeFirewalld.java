package dev.hairpin.agent.reconcile;

import dev.hairpin.agent.firewalld.Firewalld;
import dev.hairpin.rules.apply.FirewallException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A firewalld in memory. What is made for good is in force after a reload only, and an interface is
 * in one zone at most. It is asked for nothing while it doesn't run.
 */
final class FakeFirewalld implements Firewalld {
  boolean runs;
  boolean refuses;
  int reloads;
  final Set<String> zonesForGood = new TreeSet<>(Set.of("public"));
  final Set<String> policiesForGood = new TreeSet<>(Set.of("allow-host-ipv6"));
  private Set<String> zones = new TreeSet<>(zonesForGood);
  private Set<String> policies = new TreeSet<>(policiesForGood);

  /** What the user has put into a zone for good. */
  final Map<String, String> boundForGood = new HashMap<>();

  /** The zone of each interface that is in one now. */
  final Map<String, String> bound = new HashMap<>();

  /** As {@code firewall-cmd --reload} does. */
  void lose() {
    zones = new TreeSet<>(zonesForGood);
    policies = new TreeSet<>(policiesForGood);
    bound.clear();
    bound.putAll(boundForGood);
  }

  @Override
  public boolean isRunning() {
    return runs;
  }

  @Override
  public Set<String> zones() throws FirewallException {
    requireRunning();
    return Set.copyOf(zones);
  }

  @Override
  public Set<String> policies() throws FirewallException {
    requireRunning();
    return Set.copyOf(policies);
  }

  @Override
  public Set<String> interfacesOf(String zone) throws FirewallException {
    requireZone(zone);
    Set<String> inside = new TreeSet<>(bound.keySet());
    inside.removeIf(each -> !bound.get(each).equals(zone));
    return inside;
  }

  @Override
  public String zoneOf(String interfaceName) throws FirewallException {
    requireRunning();
    return bound.getOrDefault(interfaceName, "");
  }

  @Override
  public void makeZone(String name, String description) throws FirewallException {
    requireRunning();
    zonesForGood.add(name);
  }

  @Override
  public void makePolicy(String name, String description, String intoZone)
      throws FirewallException {
    requireRunning();
    if (!zonesForGood.contains(intoZone)) {
      throw new FirewallException("INVALID_ZONE: " + intoZone);
    }
    policiesForGood.add(name);
  }

  @Override
  public void removeZone(String name) throws FirewallException {
    requireRunning();
    if (policiesForGood.contains(name + "-forwarding")) {
      throw new FirewallException("BUSY: a policy names zone " + name);
    }
    zonesForGood.remove(name);
  }

  @Override
  public void removePolicy(String name) throws FirewallException {
    requireRunning();
    policiesForGood.remove(name);
  }

  @Override
  public void reload() throws FirewallException {
    requireRunning();
    reloads++;
    lose();
  }

  @Override
  public void putInto(String zone, String interfaceName) throws FirewallException {
    requireZone(zone);
    if (bound.putIfAbsent(interfaceName, zone) != null) {
      throw new FirewallException("ZONE_CONFLICT: '" + interfaceName + "' already bound to a zone");
    }
  }

  @Override
  public void takeOutOf(String zone, String interfaceName) throws FirewallException {
    requireZone(zone);
    bound.remove(interfaceName, zone);
  }

  @Override
  public void follow(Runnable changed) {}

  private void requireZone(String zone) throws FirewallException {
    requireRunning();
    if (!zones.contains(zone)) {
      throw new FirewallException("INVALID_ZONE: " + zone);
    }
  }

  private void requireRunning() throws FirewallException {
    if (!runs) {
      throw new AssertionError("firewalld doesn't run, and is asked");
    }
    if (refuses) {
      throw new FirewallException("have firewalld do something: not now");
    }
  }
}
