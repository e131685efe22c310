package dev.hairpin.it.doctor;

import static dev.hairpin.it.doctor.SecondContainer.NAME;
import static dev.hairpin.it.doctor.SecondContainer.PORT;
import static dev.hairpin.it.doctor.SecondContainer.SPEC;

import dev.hairpin.agent.doctor.Code;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.PeerServer;
import java.util.List;

/** A container that can't be reached for reasons that are in it or in how it was run. */
final class ContainerFaults {
  private static final String OTHER_ADDRESS = "198.51.100.1";

  private ContainerFaults() {}

  static List<Fault> all() {
    return List.of(
        notListening(),
        listensOnLoopback(),
        listensOtherFamily(),
        listensElsewhere(),
        withoutNetwork(),
        onInternalNetwork(),
        onHostNetwork(),
        stopped(),
        portTaken());
  }

  static Fault notListening() {
    return SecondContainer.fault("nobody listens")
        .doing(SecondContainer::runSilent)
        .found(Code.NOT_LISTENING, NAME);
  }

  static Fault listensOnLoopback() {
    return SecondContainer.fault("the service listens on 127.0.0.1 only")
        .doing(patient -> serveOn(patient, SecondContainer.runSilent(patient), "127.0.0.1"))
        .found(Code.LISTENS_ON_LOOPBACK, "127.0.0.1:80");
  }

  static Fault listensElsewhere() {
    return SecondContainer.fault("the service listens on another address of its own")
        .doing(patient -> {
          Namespace network = SecondContainer.runSilent(patient);
          network.command("ip", "address", "add", OTHER_ADDRESS + "/24", "dev", "eth0").run();
          serveOn(patient, network, OTHER_ADDRESS);
        })
        .found(Code.LISTENS_ELSEWHERE, OTHER_ADDRESS + ":80");
  }

  private static void serveOn(Patient patient, Namespace network, String address) {
    patient.world().inhabitedBy(PeerServer.in(network).tcpOn(address, 80));
  }

  static Fault listensOtherFamily() {
    return SecondContainer.fault("the service listens for IPv6 only")
        .doing(patient -> {
          Namespace network = SecondContainer.runSilent(patient);
          network.command("sysctl", "-qw", "net.ipv6.bindv6only=1").run();
          patient.listen(network, 80, "busybox", "nc", "-l", "-p", "80");
        })
        .found(Code.LISTENS_OTHER_FAMILY, "[::]:80");
  }

  static Fault withoutNetwork() {
    return SecondContainer.fault("the container is on network none")
        .doing(patient -> patient.run(NAME, "--network", "none", "-p", SPEC))
        .asking(NAME)
        .found(Code.WITHOUT_NETWORK, NAME);
  }

  static Fault onInternalNetwork() {
    return SecondContainer.fault("the container is on an internal network")
        .doing(patient -> {
          patient.engine().run("network", "create", "--internal", "inner");
          patient.run(NAME, "--network", "inner", "-p", SPEC);
        })
        .asking(NAME)
        .found(Code.INTERNAL_NETWORK, "inner")
        .undoneBy(patient -> patient.engine().run("network", "rm", "inner"));
  }

  static Fault onHostNetwork() {
    return SecondContainer.fault("the container is on the host's network")
        .doing(patient -> patient.run(NAME, "--network", "host", "-p", SPEC))
        .asking(NAME)
        .found(Code.ON_HOST_NETWORK, NAME);
  }

  static Fault stopped() {
    return SecondContainer.fault("the container is stopped")
        .doing(patient -> {
          SecondContainer.runSilent(patient);
          patient.engine().run("stop", "--time", "1", NAME);
        })
        .asking(NAME)
        .found(Code.NOT_RUNNING, NAME);
  }

  /** dockerd makes the container, and can't start it. */
  static Fault portTaken() {
    return SecondContainer.fault("another program holds the port")
        .doing(patient -> {
          patient.remove(NAME);
          String port = String.valueOf(PORT);
          patient.listen(patient.world().host(), PORT, "busybox", "nc", "-l", "-p", port);
          patient.engine().docker("run", "-d", "--name", NAME, "-p", SPEC, "peer").attempt();
        })
        .asking(NAME)
        .found(Code.PORT_TAKEN, "busybox");
  }
}
