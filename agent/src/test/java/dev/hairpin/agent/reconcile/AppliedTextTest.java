package dev.hairpin.agent.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.layouts.LayoutName;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AppliedTextTest {
  @Test
  void whoOnlyLooksSeesWhatTheAgentServesAndOwns() throws IOException {
    OwnedRules rules =
        new OwnedRules(
            "*nat\n:HAIRPIN -\n-A HAIRPIN -i docker0 -j RETURN\nCOMMIT\n",
            Set.of(),
            Set.of(),
            Set.of(),
            Set.of());
    AppliedRecord applied = AppliedRecord.nothing(Standing.BESIDE).withRules(Family.IPV4, rules);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    AppliedText.write(text, applied);

    Recorded recorded = AppliedText.read(text.toString(StandardCharsets.UTF_8));

    assertThat(recorded.standing()).isEqualTo(Standing.BESIDE);
    assertThat(recorded.layout()).isEqualTo(LayoutName.DOCKER20);
    assertThat(recorded.state()).isEqualTo(applied.state());
    assertThat(recorded.owned()).containsOnlyKeys(Family.IPV4);
    assertThat(recorded.owned().get(Family.IPV4)).isEqualTo(applied.owned(Family.IPV4));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "null", "[]", "{}", "{\"standing\": \"NEITHER\"}", "{\"standing\":"})
  void whatIsNoRecordIsRefusedWithOneLine(String text) {
    assertThatThrownBy(() -> AppliedText.read(text))
        .isInstanceOf(IllegalArgumentException.class)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
  }
}
