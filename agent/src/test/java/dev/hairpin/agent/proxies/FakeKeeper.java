package dev.hairpin.agent.proxies;

import dev.hairpin.rules.binding.HostPort;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/** Keeps descriptors' numbers by port, and writes down each write. */
final class FakeKeeper implements SocketKeeper {
  private final Map<String, Integer> kept = new TreeMap<>();
  private final Map<String, Integer> left = new TreeMap<>();
  private final List<String> writes;

  FakeKeeper(List<String> writes) {
    this.writes = writes;
  }

  /** An earlier process had this port. */
  void leave(HostPort hostPort, int descriptor) {
    kept.put(hostPort.toString(), descriptor);
    left.put(hostPort.toString(), descriptor);
  }

  Map<String, Integer> kept() {
    return Map.copyOf(kept);
  }

  @Override
  public OptionalInt take(HostPort hostPort) {
    Integer descriptor = left.remove(hostPort.toString());
    return descriptor == null ? OptionalInt.empty() : OptionalInt.of(descriptor);
  }

  @Override
  public void keep(Map<HostPort, Integer> descriptors) {
    List<String> names = new ArrayList<>();
    descriptors.forEach((hostPort, descriptor) -> {
      kept.put(hostPort.toString(), descriptor);
      names.add(hostPort.toString());
    });
    writes.add("keep " + names);
  }

  @Override
  public void forget(Collection<HostPort> hostPorts) {
    List<String> names = hostPorts.stream().map(HostPort::toString).sorted().toList();
    names.forEach(kept::remove);
    writes.add("forget " + names);
  }

  @Override
  public boolean closeLeftAt(HostPort hostPort) {
    return left.keySet().removeIf(name -> name.contains(":" + hostPort.port() + "/"));
  }

  @Override
  public void closeLeft() {
    left.keySet().forEach(kept::remove);
    left.clear();
    writes.add("close what is left");
  }
}
