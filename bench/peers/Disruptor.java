// Disruptor.java - the LMAX Disruptor with a plain Java event, no serialization; a child of bench.
//
//     Disruptor single|multi SYMBOL... NOTE...
//
// The arguments after the mode are the 16 symbols and the 16 notes. Reads lines "CASE COUNT" and
// answers each with one run: {"value": nanoseconds per message} from the
// first publish to the end of the last handler, or {"error": why} when the sum of all fields or the
// order was wrong. One JVM for each mode, so that the JIT sees one kind of sequencer. Publisher and
// worker are put on processors 0 and 1, where all others run. The events
// refer to constant byte arrays for symbol and note (strings never change in Java, a reference is
// what a Java program would pass), which spares the Disruptor the copy that the C contestants make.
import com.lmax.disruptor.BatchEventProcessor;
import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.RingBuffer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

public final class Disruptor {
    static final int SLOTS = 16384;
    static final int PUBLISHERS_MAX = 16;
    static final int PUBLISHER_SHIFT = 40; // their messages count from index << 40
    static final long NUMBER = (1L << PUBLISHER_SHIFT) - 1;
    // The JIT has compiled what it wants to compile long before the end of these.
    static final int WARM_RUNS = 10;
    static final int WARM_COUNT = 300000;
    static final VarHandle LONGS =
        MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    static final VarHandle INTS =
        MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    static final byte[][] SYMBOLS = new byte[16][];
    static final byte[][] NOTES = new byte[16][];

    static final class Order {
        long orderId;
        long customerId;
        double price;
        int quantity;
        byte[] symbol;
        byte[] note;
    }

    static final class Reader implements EventHandler<Order> {
        final long[] next = new long[PUBLISHERS_MAX];
        long received;
        long sum;
        long wrong;
        long count;
        long end;
        volatile boolean done;

        void expect(long messages) {
            Arrays.fill(next, 0);
            received = 0;
            sum = 0;
            wrong = 0;
            count = messages;
            done = false;
        }

        @Override
        public void onEvent(Order order, long sequence, boolean endOfBatch) {
            sum += sumOf(order.orderId, order.customerId, order.price, order.quantity,
                         order.symbol, order.note);
            int publisher = (int) (order.orderId >>> PUBLISHER_SHIFT);
            if ((order.orderId & NUMBER) != next[publisher]++)
                wrong++;
            if (++received == count) {
                end = System.nanoTime();
                done = true;
            }
        }
    }

    final RingBuffer<Order> ring;
    final Reader reader = new Reader();
    final BatchEventProcessor<Order> processor;
    final Semaphore go = new Semaphore(0);
    final Semaphore ended = new Semaphore(0);
    final Map<String, ExecutorService> publishers = new HashMap<>();

    Disruptor(boolean single) {
        ring = single
            ? RingBuffer.createSingleProducer(Order::new, SLOTS, new BusySpinWaitStrategy())
            : RingBuffer.createMultiProducer(Order::new, SLOTS, new BusySpinWaitStrategy());
        processor = new BatchEventProcessor<>(ring, ring.newBarrier(), reader);
        ring.addGatingSequences(processor.getSequence());
    }

    // Moves the calling thread to a processor.
    static void pinTo(int processor) {
        try {
            String thread =
                Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName().toString();
            Process taskset =
                new ProcessBuilder("taskset", "-p", "-c", String.valueOf(processor), thread)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();

            if (taskset.waitFor() != 0)
                throw new IllegalStateException("taskset failed");
        } catch (IOException | InterruptedException error) {
            throw new IllegalStateException(error);
        }
    }

    void work() {
        pinTo(1);
        ended.release();
        for (;;) {
            go.acquireUninterruptibly();
            processor.run();
            ended.release();
        }
    }

    static long sumOf(long id, long customer, double price, int quantity, byte[] symbol,
                      byte[] note) {
        return id + customer * 3 + (long) price + quantity + (long) LONGS.get(symbol, 0)
            + (long) LONGS.get(note, 0) + (long) LONGS.get(note, 8)
            + Integer.toUnsignedLong((int) INTS.get(note, 16));
    }

    static long expectedSum(int publishers, long each) {
        long sum = 0;

        for (long p = 0; p < publishers; p++)
            for (long i = p << PUBLISHER_SHIFT; i < (p << PUBLISHER_SHIFT) + each; i++)
                sum += sumOf(i, i * 7, (double) (i & 0xffff) * 0.25, (int) (i % 1000),
                             SYMBOLS[(int) (i & 15)], NOTES[(int) (i & 15)]);
        return sum;
    }

    void publish(long first, long count) {
        for (long i = first; i < first + count; i++) {
            long sequence = ring.next();
            Order order = ring.get(sequence);

            order.orderId = i;
            order.customerId = i * 7;
            order.price = (double) (i & 0xffff) * 0.25;
            order.quantity = (int) (i % 1000);
            order.symbol = SYMBOLS[(int) (i & 15)];
            order.note = NOTES[(int) (i & 15)];
            ring.publish(sequence);
        }
    }

    // A thread that stays, on its processor: publishers of the cases with several.
    ExecutorService publisherOn(int processor, int index) {
        return publishers.computeIfAbsent(processor + " " + index, key -> {
            ExecutorService made = Executors.newSingleThreadExecutor(work -> {
                Thread thread = new Thread(work, "publisher " + key);

                thread.setDaemon(true);
                return thread;
            });
            made.submit(() -> pinTo(processor));
            return made;
        });
    }

    // Returns when the first began.
    long publishByAll(int count, boolean across, long each) throws Exception {
        CyclicBarrier start = new CyclicBarrier(count);
        List<Future<Long>> begun = new ArrayList<>();
        long earliest = Long.MAX_VALUE;

        for (int i = 0; i < count; i++) {
            long first = (long) i << PUBLISHER_SHIFT;

            begun.add(publisherOn(across ? i % 2 : 0, i).submit(() -> {
                start.await();
                long begin = System.nanoTime();
                publish(first, each);
                return begin;
            }));
        }
        for (Future<Long> one : begun)
            earliest = Math.min(earliest, one.get());
        return earliest;
    }

    // One run, as a line of JSON.
    String run(String name, long count) throws Exception {
        int by = name.startsWith("whole-2p") ? 2 : name.equals("whole-8p") ? 8 : 1;
        long each = count / by;

        reader.expect(each * by);
        go.release();
        while (!processor.isRunning())
            Thread.onSpinWait();
        long begin = System.nanoTime();
        if (by == 1)
            publish(0, each);
        else
            begin = publishByAll(by, !name.equals("whole-2p-same"), each);
        while (!reader.done)
            Thread.yield();
        processor.halt();
        ended.acquireUninterruptibly();
        if (reader.wrong != 0 || reader.sum != expectedSum(by, each))
            return "{\"error\": \"a message was wrong or out of order\"}";
        return "{\"value\": " + (double) (reader.end - begin) / (each * by) + "}";
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        Disruptor disruptor = new Disruptor(arguments[0].equals("single"));
        Thread worker = new Thread(disruptor::work, "worker");
        String line;

        for (int i = 0; i < 16; i++) {
            SYMBOLS[i] = arguments[1 + i].getBytes(StandardCharsets.US_ASCII);
            NOTES[i] = arguments[17 + i].getBytes(StandardCharsets.US_ASCII);
        }
        pinTo(0);
        worker.setDaemon(true);
        worker.start();
        disruptor.ended.acquireUninterruptibly();
        for (int i = 0; i < WARM_RUNS; i++)
            disruptor.run("whole-1p1w", WARM_COUNT);
        while ((line = in.readLine()) != null) {
            int space = line.indexOf(' ');

            System.out.println(
                disruptor.run(line.substring(0, space), Long.parseLong(line.substring(space + 1))));
        }
    }
}
