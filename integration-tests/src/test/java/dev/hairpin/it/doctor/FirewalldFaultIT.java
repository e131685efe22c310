package dev.hairpin.it.doctor;

import static dev.hairpin.agent.doctor.Asker.ITSELF;
import static dev.hairpin.agent.doctor.Asker.NEIGHBOUR;

import dev.hairpin.agent.doctor.Code;
import dev.hairpin.agent.walk.Whose;
import dev.hairpin.it.world.FirewalldProcess;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.World;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A real firewalld, and a dockerd that it does not know of: the text of seed 001. */
@NeedsRealNetwork
class FirewalldFaultIT {
  private final Results results = new Results("firewalld");
  private Patient patient;

  @AfterEach
  void removeHost() {
    System.out.println(results);
    patient.close();
  }

  /** Its containers are in none of firewalld's zones that let them ask the host. */
  @Test
  void whatComesFromABridgeOutsideItsZonesIsRejected() {
    World world = World.create();
    FirewalldProcess firewalld = openToTheOutside(world);
    patient = Patient.ofEngine(world);
    patient.ruledBy(firewalld);
    Fault fault =
        Fault.named("the bridge is in no zone of firewalld's")
            .losing(ITSELF, NEIGHBOUR)
            .found(Code.RULE_DROPS, Whose.FIREWALLD, "reject");

    new Trial(patient, fault, results).run();
  }

  /** It takes away all rules of iptables' when it starts. */
  @Test
  void aFirewalldThatStartsLaterTakesDockersRulesAway() {
    World world = World.create();
    patient = Patient.ofEngine(world);
    Fault fault =
        Fault.named("firewalld starts after dockerd")
            .doing(any ->
                openToTheOutside(world).command("--zone=trusted", "--add-interface=docker0").run())
            .found(Code.RULES_GONE, "");

    new Trial(patient, fault, results).run();
  }

  /** With the ports in the zone of the cable, for those whom the proxy serves. */
  private static FirewalldProcess openToTheOutside(World world) {
    FirewalldProcess firewalld = FirewalldProcess.in(world);
    firewalld.command("--zone=external", "--add-interface=eth0").run();
    firewalld.command("--zone=external", "--add-port=8080/tcp", "--add-port=5353/udp").run();
    return firewalld;
  }
}
