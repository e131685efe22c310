package dev.hairpin.agent.whatif;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hairpin.agent.whatif.Change.Arrangement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChangeTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "route_localnet",
        "ip_forward",
        "prerouting-jump",
        "output-jump",
        "masquerade",
        "hairpin",
        "proxy",
        "6"
      })
  void whatCanBeTakenAwayIsWrittenAsItIsRead(String text) {
    assertThat(Change.without(text).option()).isEqualTo("--without " + text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"forward-drop", "ufw", "rp_filter"})
  void whatCanBePutThereIsWrittenAsItIsRead(String text) {
    assertThat(Change.with(text).option()).isEqualTo("--with " + text);
  }

  @Test
  void aRuleIsNamedByItsNumber() {
    assertThat(Change.without("6")).isEqualTo(new Change.WithoutNumber(6));
    assertThat(Change.without("rule:17")).isEqualTo(new Change.WithoutNumber(17));
  }

  @Test
  void anythingElseIsRefusedWithWhatThereIs() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Change.without("prox"))
        .withMessage(
            "--without \"prox\": there are route_localnet, ip_forward, prerouting-jump,"
                + " output-jump, masquerade, hairpin, proxy, and the numbers of rules that"
                + " \"hairpin lab\" shows");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Change.with("proxy"))
        .withMessage("--with \"proxy\": there are forward-drop, ufw, rp_filter");
  }

  @Test
  void whatOnlyMattersWithoutTheProxyIsTriedWithoutIt() {
    assertThat(Change.without("route_localnet").arrangement()).isEqualTo(Arrangement.NO_PROXY);
    assertThat(Change.without("hairpin").arrangement()).isEqualTo(Arrangement.NO_PROXY);
    assertThat(Change.without("proxy").arrangement()).isEqualTo(Arrangement.PROXY);
    assertThat(Change.with("ufw").arrangement()).isEqualTo(Arrangement.EITHER);
  }
}
