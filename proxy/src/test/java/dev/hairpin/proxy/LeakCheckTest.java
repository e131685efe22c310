package dev.hairpin.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.PooledByteBufAllocator;
import org.junit.jupiter.api.Test;

class LeakCheckTest {
  @Test
  void aBufferThatIsNeverReleasedFailsTheBuild() {
    loseABuffer();

    assertThatThrownBy(LeakCheck::failOnLeaks).hasMessageContaining("LEAK:");
  }

  private static void loseABuffer() {
    assertThat(PooledByteBufAllocator.DEFAULT.directBuffer(16).isReadable()).isFalse();
  }
}
