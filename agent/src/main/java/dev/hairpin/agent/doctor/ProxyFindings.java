package dev.hairpin.agent.doctor;

import dev.hairpin.rules.binding.PortBinding;
import java.util.List;
import java.util.Optional;

/** Findings about the sockets at which userland proxies should listen. */
final class ProxyFindings {
  private final Proxies proxies;

  ProxyFindings(Proxies proxies) {
    this.proxies = proxies;
  }

  Finding finding(Cure.Proxy proxy, List<Way> ways) {
    Optional<Listener> holder = proxy.instead();
    if (holder.isEmpty()) {
      return Finding.of(
          Code.PROXY_GONE,
          ways,
          List.of(proxy.binding().hostPort().toString()),
          List.of(),
          List.of(restart(proxy.binding())));
    }
    return switch (proxies.kind(holder.get(), proxy.binding())) {
      case STALE -> stale(proxy.binding(), holder.get(), ways);
      case STRANGER, OWN -> taken(proxy.binding(), holder.get(), ways);
    };
  }

  private static Remedy restart(PortBinding binding) {
    return Remedies.byHand("restart-container", binding.publisher().name());
  }

  private Finding stale(PortBinding binding, Listener holder, List<Way> ways) {
    return Finding.of(
        Code.PROXY_STALE,
        ways,
        List.of(binding.hostPort().toString(), program(holder), proxies.asked(holder)),
        List.of(holder.toString()),
        List.of(
            Remedies.run(
                "kill", Long.toString(holder.program().map(Listener.Program::pid).orElse(0L))),
            restart(binding)));
  }

  private static Finding taken(PortBinding binding, Listener holder, List<Way> ways) {
    return Finding.of(
        Code.PORT_TAKEN,
        ways,
        List.of(binding.hostPort().toString(), program(holder), binding.publisher().name()),
        List.of(holder.toString()),
        List.of(Remedies.byHand("free-port", program(holder))));
  }

  private static String program(Listener holder) {
    return holder.program().map(Listener.Program::toString).orElse("");
  }
}
