/**
 * What the tables do by themselves: several jobs at a time, in one question, planned once.
 * Bytes of all come as one text of base64, of which each has a stretch: to read 20 KB of them within JSON takes 0.3 ms.
 */

/** `mine` names who asks: others are told, by a note of the channel, unless it is null. */
export const functions: readonly string[] = [
  `CREATE OR REPLACE FUNCTION nnsight_tell(of_job uuid, of_status text, of_model text, mine text) RETURNS void LANGUAGE plpgsql AS $$
   BEGIN
     IF mine IS NOT NULL THEN
       PERFORM pg_notify('nnsight_job', json_build_object('job', of_job, 'status', of_status, 'model', of_model, 'from', mine)::text);
     END IF;
   END $$`,
  `CREATE OR REPLACE FUNCTION nnsight_submit(jobs json, programs text, longest int, mine text)
   RETURNS TABLE (o_answer text, o_turn int, o_time timestamptz) LANGUAGE plpgsql
   -- The latest turns are at the end of an index; planned while the tables were empty, each submission would read every job.
   SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET jit = off AS $$
   DECLARE one record; known record; counted record; whole bytea := decode(programs, 'base64');
   BEGIN
     -- Those of one key go one after the other, so that its limits hold.
     IF mine IS NOT NULL THEN
       PERFORM pg_advisory_xact_lock(7202, lock)
         FROM (SELECT DISTINCT hashtext(j->>'owner') AS lock FROM json_array_elements(jobs) AS j ORDER BY 1) AS locks;
     END IF;
     FOR one IN SELECT * FROM json_to_recordset(jobs) AS j(id uuid, owner text, model text, hash text, at int, size int, step int, waiting int, daily float8)
     LOOP
       o_turn := NULL; o_time := NULL;
       SELECT j.hash, j.owner INTO known FROM nnsight_job j WHERE j.id = one.id;
       IF FOUND THEN
         o_answer := CASE WHEN known.hash = one.hash AND known.owner = one.owner THEN 'same' ELSE 'other' END;
         RETURN NEXT;
         CONTINUE;
       END IF;
       SELECT (SELECT count(*) FROM nnsight_job j WHERE j.owner = one.owner AND j.status = 'APPROVED') AS of_key,
           (SELECT count(*) FROM nnsight_job j WHERE j.model = one.model AND j.status = 'APPROVED') AS of_model,
           (SELECT u.seconds FROM nnsight_usage u WHERE u.owner = one.owner AND u.day = (clock_timestamp() AT TIME ZONE 'UTC')::date) AS used,
           (SELECT j.turn FROM nnsight_job j WHERE j.model = one.model AND j.owner = one.owner ORDER BY j.turn DESC LIMIT 1) AS latest,
           (SELECT j.turn FROM nnsight_job j WHERE j.model = one.model AND j.attempt > 0 ORDER BY j.turn DESC LIMIT 1) AS begun
         INTO counted;
       IF counted.of_key >= one.waiting THEN
         o_answer := 'key full';
       ELSIF counted.of_model >= longest THEN
         o_answer := 'model full';
       ELSIF counted.used >= one.daily THEN
         o_answer := 'day full';
       ELSE
         o_answer := 'new'; o_time := clock_timestamp();
         -- Each key's jobs count on from the turn that is being run, so that all keys come in turn.
         o_turn := greatest(coalesce(counted.begun, 0), coalesce(counted.latest + one.step, 0));
         INSERT INTO nnsight_job (id, owner, model, hash, program, status, turn, created)
           VALUES (one.id, one.owner, one.model, one.hash, substring(whole FROM one.at FOR one.size), 'APPROVED', o_turn, o_time);
         INSERT INTO nnsight_event (job, seq, attempt, status, text, time)
           VALUES (one.id, 1, 0, 'RECEIVED', '', o_time), (one.id, 2, 0, 'APPROVED', '', o_time);
         PERFORM nnsight_tell(one.id, 'APPROVED', one.model, mine);
       END IF;
       RETURN NEXT;
     END LOOP;
   END $$`,
  `CREATE OR REPLACE FUNCTION nnsight_lease(ids uuid[], mine text)
   RETURNS TABLE (o_job uuid, o_attempt int, o_hash text, o_program bytea, o_turn int, o_created timestamptz, o_seq int, o_time timestamptz) LANGUAGE plpgsql AS $$
   DECLARE one record;
   BEGIN
     FOR one IN UPDATE nnsight_job j SET status = 'RUNNING', attempt = j.attempt + 1, beat = clock_timestamp()
       WHERE j.id = ANY (ids) AND j.status = 'APPROVED' RETURNING j.*
     LOOP
       o_job := one.id; o_attempt := one.attempt; o_hash := one.hash; o_program := one.program; o_turn := one.turn; o_created := one.created;
       INSERT INTO nnsight_event AS e (job, seq, attempt, status, text)
         SELECT one.id, max(b.seq) + 1, one.attempt, 'RUNNING', '' FROM nnsight_event b WHERE b.job = one.id
         RETURNING e.seq, e.time INTO o_seq, o_time;
       PERFORM nnsight_tell(one.id, 'RUNNING', one.model, mine);
       RETURN NEXT;
     END LOOP;
   END $$`,
  `CREATE OR REPLACE FUNCTION nnsight_settle(ends json, results text, mine text)
   RETURNS TABLE (o_job uuid, o_model text, o_attempt int, o_seq int, o_time timestamptz, o_age float8) LANGUAGE plpgsql AS $$
   DECLARE one record; of_owner text; owners text[] := '{}'; times float8[] := '{}'; whole bytea := decode(results, 'base64');
   BEGIN
     FOR one IN SELECT * FROM json_to_recordset(ends)
       AS e(id uuid, n int, attempt int, state text, status text, text text, result jsonb, at int, size int, problem jsonb, seconds float8)
       ORDER BY e.id, e.n
     LOOP
       UPDATE nnsight_job j SET status = one.status, ended = clock_timestamp(), result = one.result,
           made = substring(whole FROM one.at FOR one.size), problem = one.problem
         WHERE j.id = one.id AND j.status = one.state AND j.attempt = coalesce(one.attempt, j.attempt)
         RETURNING j.model, j.attempt, extract(epoch FROM j.ended - j.created), j.owner INTO o_model, o_attempt, o_age, of_owner;
       CONTINUE WHEN NOT FOUND;
       o_job := one.id;
       IF one.seconds > 0 THEN owners := owners || of_owner; times := times || one.seconds; END IF;
       INSERT INTO nnsight_event AS e (job, seq, attempt, status, text, problem)
         SELECT one.id, max(b.seq) + 1, o_attempt, one.status, one.text, one.problem FROM nnsight_event b WHERE b.job = one.id
         RETURNING e.seq, e.time INTO o_seq, o_time;
       PERFORM nnsight_tell(one.id, one.status, o_model, mine);
       RETURN NEXT;
     END LOOP;
     IF cardinality(owners) > 0 THEN
       INSERT INTO nnsight_usage AS u (owner, day, seconds)
         SELECT t.owner, (clock_timestamp() AT TIME ZONE 'UTC')::date, sum(t.seconds)
         FROM unnest(owners, times) AS t(owner, seconds) GROUP BY t.owner ORDER BY t.owner
         ON CONFLICT (owner, day) DO UPDATE SET seconds = u.seconds + EXCLUDED.seconds;
     END IF;
   END $$`,
];
