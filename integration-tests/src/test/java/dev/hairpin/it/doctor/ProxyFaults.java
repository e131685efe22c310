package dev.hairpin.it.doctor;

import static dev.hairpin.agent.doctor.Asker.LOCALHOST;
import static dev.hairpin.it.doctor.SecondContainer.PORT;
import static org.awaitility.Awaitility.await;

import dev.hairpin.agent.doctor.Code;
import java.util.List;
import java.util.stream.Stream;

/** What is wrong with userland proxies. */
final class ProxyFaults {
  private static final String IPV4 = "0.0.0.0";

  private ProxyFaults() {}

  static List<Fault> all() {
    return List.of(rulesHidden(), gone(), stale());
  }

  /** It is reached all the same, and the container takes the bridge for the client. */
  static Fault rulesHidden() {
    String accepts = "-i eth0 -p tcp -m tcp --dport 8080 -j ACCEPT";
    return Fault.named("rules hidden behind an accept, with a proxy")
        .host("iptables -t nat -I PREROUTING " + accepts)
        .found(Code.RULE_HIDES, accepts);
  }

  static Fault gone() {
    return SecondContainer.fault("docker-proxy killed", LOCALHOST)
        .doing(SecondContainer::runWell)
        .doing(patient -> proxies(patient).forEach(proxy -> kill(patient, proxy)))
        .found(Code.PROXY_GONE, String.valueOf(PORT));
  }

  static Fault stale() {
    return SecondContainer.fault("docker-proxy of a dead container holds the port", LOCALHOST)
        .doing(SecondContainer::runWell)
        .doing(ProxyFaults::makeStale)
        .found(Code.PROXY_STALE, "{net}.0.99");
  }

  private static void makeStale(Patient patient) {
    ProcessHandle proxy =
        proxies(patient).filter(each -> has(each, IPV4)).findFirst().orElseThrow();
    String program = proxy.info().command().orElseThrow();
    kill(patient, proxy);
    patient.listen(
        patient.world().host(),
        PORT,
        "sh",
        "-c",
        // Its parent hears there how it went, and it closes that descriptor whatever it is.
        "exec \"$@\" 3>/dev/null",
        "sh",
        program,
        "-proto",
        "tcp",
        "-host-ip",
        IPV4,
        "-host-port",
        String.valueOf(PORT),
        "-container-ip",
        patient.fill("{net}.0.99"),
        "-container-port",
        "80");
  }

  private static Stream<ProcessHandle> proxies(Patient patient) {
    return patient.world().processes().stream()
        .flatMap(pid -> ProcessHandle.of(pid).stream())
        .filter(process ->
            process.info().command().orElse("").endsWith("/docker-proxy")
                && has(process, String.valueOf(PORT)));
  }

  private static boolean has(ProcessHandle process, String argument) {
    return Stream.of(process.info().arguments().orElse(new String[0])).anyMatch(argument::equals);
  }

  /** What is left of it is dockerd's to collect, which takes its time. */
  private static void kill(Patient patient, ProcessHandle proxy) {
    proxy.destroyForcibly();
    await("the proxy to be gone")
        .until(() -> !patient.onHost("ss -Hlntp").run().contains("pid=" + proxy.pid() + ","));
  }
}
