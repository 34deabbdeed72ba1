CREATE TYPE public.procrastinate_job_event_type AS ENUM (
    'deferred',
    'started',
    'deferred_for_retry',
    'failed',
    'succeeded',
    'cancelled',
    'abort_requested',
    'aborted',
    'scheduled',
    'retried'
);


CREATE TYPE public.procrastinate_job_status AS ENUM (
    'todo',
    'doing',
    'succeeded',
    'failed',
    'cancelled',
    'aborting',
    'aborted'
);


CREATE TYPE public.procrastinate_job_to_defer_v1 AS (
	queue_name character varying,
	task_name character varying,
	priority integer,
	lock text,
	queueing_lock text,
	args jsonb,
	scheduled_at timestamp with time zone
);


CREATE FUNCTION public.accounts_audit_only_added() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is only added to';
END $$;


CREATE FUNCTION public.hooks_note_happening() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT FROM hooks_hook WHERE run_id = NEW.id AND state = 'on') OR EXISTS (
        SELECT FROM hooks_hook WHERE state = 'on' AND run_id IS NULL
            AND (integration_id IS NULL OR integration_id = NEW.integration_id)
    ) THEN
        INSERT INTO hooks_happening (run_id, state, at) VALUES (NEW.id, NEW.state, clock_timestamp());
    END IF;
    RETURN NULL;
END $$;


CREATE FUNCTION public.procrastinate_cancel_job_v1(job_id bigint, abort boolean, delete_job boolean) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status = 'todo'
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        IF abort THEN
            UPDATE procrastinate_jobs
            SET abort_requested = true,
                status = CASE status
                    WHEN 'todo' THEN 'cancelled'::procrastinate_job_status ELSE status
                END
            WHERE id = job_id AND status IN ('todo', 'doing')
            RETURNING id INTO _job_id;
        ELSE
            UPDATE procrastinate_jobs
            SET status = 'cancelled'::procrastinate_job_status
            WHERE id = job_id AND status = 'todo'
            RETURNING id INTO _job_id;
        END IF;
    END IF;
    RETURN _job_id;
END;
$$;


CREATE FUNCTION public.procrastinate_defer_jobs_v1(jobs public.procrastinate_job_to_defer_v1[]) RETURNS bigint[]
    LANGUAGE plpgsql
    AS $$
DECLARE
    job_ids bigint[];
BEGIN
    WITH inserted_jobs AS (
        INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
        SELECT (job).queue_name,
               (job).task_name,
               (job).priority,
               (job).lock,
               (job).queueing_lock,
               (job).args,
               (job).scheduled_at
        FROM unnest(jobs) AS job
        RETURNING id
    )
    SELECT array_agg(id) FROM inserted_jobs INTO job_ids;

    RETURN job_ids;
END;
$$;


CREATE FUNCTION public.procrastinate_defer_periodic_job_v2(_queue_name character varying, _lock character varying, _queueing_lock character varying, _task_name character varying, _priority integer, _periodic_id character varying, _defer_timestamp bigint, _args jsonb) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
	_job_id bigint;
	_defer_id bigint;
BEGIN
    INSERT
        INTO procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp)
        VALUES (_task_name, _periodic_id, _defer_timestamp)
        ON CONFLICT DO NOTHING
        RETURNING id into _defer_id;

    IF _defer_id IS NULL THEN
        RETURN NULL;
    END IF;

    UPDATE procrastinate_periodic_defers
        SET job_id = (
            SELECT COALESCE((
                SELECT unnest(procrastinate_defer_jobs_v1(
                    ARRAY[
                        ROW(
                            _queue_name,
                            _task_name,
                            _priority,
                            _lock,
                            _queueing_lock,
                            _args,
                            NULL::timestamptz
                        )
                    ]::procrastinate_job_to_defer_v1[]
                ))
            ), NULL)
        )
        WHERE id = _defer_id
        RETURNING job_id INTO _job_id;

    DELETE
        FROM procrastinate_periodic_defers
        USING (
            SELECT id
            FROM procrastinate_periodic_defers
            WHERE procrastinate_periodic_defers.task_name = _task_name
            AND procrastinate_periodic_defers.periodic_id = _periodic_id
            AND procrastinate_periodic_defers.defer_timestamp < _defer_timestamp
            ORDER BY id
            FOR UPDATE
        ) to_delete
        WHERE procrastinate_periodic_defers.id = to_delete.id;

    RETURN _job_id;
END;
$$;


CREATE TABLE public.procrastinate_jobs (
    id bigint NOT NULL,
    queue_name character varying(128) NOT NULL,
    task_name character varying(128) NOT NULL,
    lock text,
    args jsonb DEFAULT '{}'::jsonb NOT NULL,
    status public.procrastinate_job_status DEFAULT 'todo'::public.procrastinate_job_status NOT NULL,
    scheduled_at timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    queueing_lock text,
    priority integer DEFAULT 0 NOT NULL,
    abort_requested boolean DEFAULT false NOT NULL,
    worker_id bigint,
    CONSTRAINT check_not_todo_abort_requested CHECK ((NOT ((status = 'todo'::public.procrastinate_job_status) AND (abort_requested = true))))
);


CREATE FUNCTION public.procrastinate_fetch_job_v2(target_queue_names character varying[], p_worker_id bigint) RETURNS public.procrastinate_jobs
    LANGUAGE plpgsql
    AS $$
DECLARE
	found_jobs procrastinate_jobs;
BEGIN
    WITH candidate AS (
        SELECT jobs.*
            FROM procrastinate_jobs AS jobs
            WHERE
                -- reject the job if its lock has earlier or higher priority jobs
                NOT EXISTS (
                    SELECT 1
                        FROM procrastinate_jobs AS other_jobs
                        WHERE
                            jobs.lock IS NOT NULL
                            AND other_jobs.lock = jobs.lock
                            AND (
                                -- job with same lock is already running
                                other_jobs.status = 'doing'
                                OR
                                -- job with same lock is waiting and has higher priority (or same priority but was queued first)
                                (
                                    other_jobs.status = 'todo'
                                    AND (
                                        other_jobs.priority > jobs.priority
                                        OR (
                                        other_jobs.priority = jobs.priority
                                        AND other_jobs.id < jobs.id
                                        )
                                    )
                                )
                            )
                )
                AND jobs.status = 'todo'
                AND (target_queue_names IS NULL OR jobs.queue_name = ANY( target_queue_names ))
                AND (jobs.scheduled_at IS NULL OR jobs.scheduled_at <= now())
            ORDER BY jobs.priority DESC, jobs.id ASC LIMIT 1
            FOR UPDATE OF jobs SKIP LOCKED
    )
    UPDATE procrastinate_jobs
        SET status = 'doing', worker_id = p_worker_id
        FROM candidate
        WHERE procrastinate_jobs.id = candidate.id
        RETURNING procrastinate_jobs.* INTO found_jobs;

 RETURN found_jobs;
END;
$$;


CREATE FUNCTION public.procrastinate_finish_job_v1(job_id bigint, end_status public.procrastinate_job_status, delete_job boolean) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF end_status NOT IN ('succeeded', 'failed', 'aborted') THEN
        RAISE 'End status should be either "succeeded", "failed" or "aborted" (job id: %)', job_id;
    END IF;
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = end_status,
            abort_requested = false,
            attempts = CASE status
                WHEN 'doing' THEN attempts + 1 ELSE attempts
            END
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" or "todo" status (job id: %)', job_id;
    END IF;
END;
$$;


CREATE FUNCTION public.procrastinate_notify_queue_abort_job_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'abort_job_requested', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;


CREATE FUNCTION public.procrastinate_notify_queue_job_inserted_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'job_inserted', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;


CREATE FUNCTION public.procrastinate_prune_stalled_workers_v1(seconds_since_heartbeat double precision) RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    DELETE FROM procrastinate_workers
    WHERE last_heartbeat < NOW() - (seconds_since_heartbeat || 'SECOND')::INTERVAL
    RETURNING procrastinate_workers.id;
END;
$$;


CREATE FUNCTION public.procrastinate_register_worker_v1() RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    INSERT INTO procrastinate_workers DEFAULT VALUES
    RETURNING procrastinate_workers.id;
END;
$$;


CREATE FUNCTION public.procrastinate_retry_job_v1(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
BEGIN
    SELECT abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status = 'doing'
    FOR UPDATE
    INTO _abort_requested;
    IF _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" status (job id: %)', job_id;
    END IF;
END;
$$;


CREATE FUNCTION public.procrastinate_retry_job_v2(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
    _current_status procrastinate_job_status;
BEGIN
    SELECT status, abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status IN ('doing', 'failed')
    FOR UPDATE
    INTO _current_status, _abort_requested;
    IF _current_status = 'doing' AND _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status IN ('doing', 'failed')
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or has an invalid status to retry (job id: %)', job_id;
    END IF;

END;
$$;


CREATE FUNCTION public.procrastinate_trigger_abort_requested_events_procedure_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'abort_requested'::procrastinate_job_event_type);
    RETURN NEW;
END;
$$;


CREATE FUNCTION public.procrastinate_trigger_function_scheduled_events_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type, at)
        VALUES (NEW.id, 'scheduled'::procrastinate_job_event_type, NEW.scheduled_at);

	RETURN NEW;
END;
$$;


CREATE FUNCTION public.procrastinate_trigger_function_status_events_insert_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'deferred'::procrastinate_job_event_type);
	RETURN NEW;
END;
$$;


CREATE FUNCTION public.procrastinate_trigger_function_status_events_update_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    WITH t AS (
        SELECT CASE
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND NEW.status = 'doing'::procrastinate_job_status
                THEN 'started'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'deferred_for_retry'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'failed'::procrastinate_job_status
                THEN 'failed'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'succeeded'::procrastinate_job_status
                THEN 'succeeded'::procrastinate_job_event_type
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND (
                    NEW.status = 'cancelled'::procrastinate_job_status
                    OR NEW.status = 'failed'::procrastinate_job_status
                    OR NEW.status = 'succeeded'::procrastinate_job_status
                )
                THEN 'cancelled'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'aborted'::procrastinate_job_status
                THEN 'aborted'::procrastinate_job_event_type
            WHEN OLD.status = 'failed'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'retried'::procrastinate_job_event_type
            ELSE NULL
        END as event_type
    )
    INSERT INTO procrastinate_events(job_id, type)
        SELECT NEW.id, t.event_type
        FROM t
        WHERE t.event_type IS NOT NULL;
	RETURN NEW;
END;
$$;


CREATE FUNCTION public.procrastinate_unlink_periodic_defers_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_periodic_defers
    SET job_id = NULL
    WHERE job_id = OLD.id;
    RETURN OLD;
END;
$$;


CREATE FUNCTION public.procrastinate_unregister_worker_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM procrastinate_workers
    WHERE id = worker_id;
END;
$$;


CREATE FUNCTION public.procrastinate_update_heartbeat_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_workers
    SET last_heartbeat = NOW()
    WHERE id = worker_id;
END;
$$;


CREATE TABLE public.accounts_apitoken (
    id bigint NOT NULL,
    name character varying(80) NOT NULL,
    hash character varying(64) NOT NULL,
    can jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    ended_at timestamp with time zone,
    person_id bigint NOT NULL,
    ends_at timestamp with time zone
);


ALTER TABLE public.accounts_apitoken ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_apitoken_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.accounts_auditentry (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    who character varying(254) NOT NULL,
    did character varying(80) NOT NULL,
    what character varying(200) NOT NULL,
    details jsonb NOT NULL,
    before character varying(64) NOT NULL,
    hash character varying(64) NOT NULL
);


ALTER TABLE public.accounts_auditentry ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_auditentry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.accounts_auditseal (
    id bigint NOT NULL,
    sealed bytea NOT NULL
);


ALTER TABLE public.accounts_auditseal ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_auditseal_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.accounts_away (
    id bigint NOT NULL,
    from_on date NOT NULL,
    until_on date NOT NULL,
    cover_id bigint NOT NULL,
    person_id bigint NOT NULL
);


ALTER TABLE public.accounts_away ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_away_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.accounts_failedsignin (
    id bigint NOT NULL,
    email character varying(254) NOT NULL,
    at timestamp with time zone NOT NULL,
    kind character varying(8) NOT NULL,
    source character varying(45) NOT NULL
);


ALTER TABLE public.accounts_failedsignin ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_failedsignin_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.accounts_invitation (
    id bigint NOT NULL,
    email character varying(254) NOT NULL,
    name character varying(120) NOT NULL,
    role character varying(10) NOT NULL,
    groups_csv character varying(200) NOT NULL,
    hash character varying(64) NOT NULL,
    sent boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    withdrawn_at timestamp with time zone,
    by_id bigint
);


ALTER TABLE public.accounts_invitation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_invitation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.accounts_onetimecodes (
    id bigint NOT NULL,
    sealed bytea NOT NULL,
    last_step bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    confirmed_at timestamp with time zone,
    used_at timestamp with time zone,
    person_id bigint NOT NULL
);


ALTER TABLE public.accounts_onetimecodes ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_onetimecodes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.accounts_passkey (
    id bigint NOT NULL,
    name character varying(80) NOT NULL,
    credential_id character varying(1400) NOT NULL,
    credential text NOT NULL,
    sign_count bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    person_id bigint NOT NULL
);


ALTER TABLE public.accounts_passkey ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_passkey_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.accounts_person (
    id bigint NOT NULL,
    password character varying(128) NOT NULL,
    last_login timestamp with time zone,
    email character varying(254) NOT NULL,
    name character varying(120) NOT NULL,
    role character varying(10) NOT NULL,
    groups_csv character varying(200) NOT NULL,
    is_active boolean NOT NULL,
    single_keys boolean NOT NULL,
    theme character varying(6) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    handle uuid DEFAULT gen_random_uuid() NOT NULL
);


ALTER TABLE public.accounts_person ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_person_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.accounts_recoverycode (
    id bigint NOT NULL,
    lookup character varying(4) NOT NULL,
    hash character varying(128) NOT NULL,
    used_at timestamp with time zone,
    person_id bigint NOT NULL
);


ALTER TABLE public.accounts_recoverycode ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_recoverycode_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.accounts_rules (
    id bigint NOT NULL,
    second_step boolean NOT NULL,
    idle_hours smallint NOT NULL,
    longest_days smallint NOT NULL,
    CONSTRAINT accounts_rules_idle_hours_check CHECK ((idle_hours >= 0)),
    CONSTRAINT accounts_rules_longest_days_check CHECK ((longest_days >= 0))
);


ALTER TABLE public.accounts_rules ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_rules_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.accounts_session (
    id bigint NOT NULL,
    hash character varying(64) NOT NULL,
    data text NOT NULL,
    how character varying(40) NOT NULL,
    agent character varying(300) NOT NULL,
    address character varying(45) NOT NULL,
    began_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    person_id bigint
);


ALTER TABLE public.accounts_session ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_session_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.accounts_signinlink (
    id bigint NOT NULL,
    hash character varying(64) NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    person_id bigint NOT NULL
);


ALTER TABLE public.accounts_signinlink ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_signinlink_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.auth_group (
    id integer NOT NULL,
    name character varying(150) NOT NULL
);


ALTER TABLE public.auth_group ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.auth_group_permissions (
    id bigint NOT NULL,
    group_id integer NOT NULL,
    permission_id integer NOT NULL
);


ALTER TABLE public.auth_group_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.auth_permission (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    content_type_id integer NOT NULL,
    codename character varying(100) NOT NULL
);


ALTER TABLE public.auth_permission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_permission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.connections_connection (
    id bigint NOT NULL,
    name character varying(60) NOT NULL,
    app character varying(40) NOT NULL,
    base_url character varying(300) NOT NULL,
    sealed bytea NOT NULL,
    access_sealed bytea,
    access_ends_at timestamp with time zone,
    account_id character varying(200) NOT NULL,
    account_name character varying(200) NOT NULL,
    may jsonb NOT NULL,
    lacks jsonb NOT NULL,
    ends_at timestamp with time zone,
    limits jsonb NOT NULL,
    state character varying(10) NOT NULL,
    problem text NOT NULL,
    next_step text NOT NULL,
    problem_since timestamp with time zone,
    checked_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    settings_sealed bytea,
    key_since timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    mended_at timestamp with time zone,
    sign_in_ends_at timestamp with time zone,
    trouble character varying(10) DEFAULT ''::character varying NOT NULL,
    chosen jsonb DEFAULT '[]'::jsonb NOT NULL
);


ALTER TABLE public.connections_connection ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.connections_connection_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.connections_describedapp (
    id bigint NOT NULL,
    key character varying(40) NOT NULL,
    title character varying(80) NOT NULL,
    source character varying(300) NOT NULL,
    document bytea NOT NULL,
    digest character varying(64) NOT NULL,
    plan jsonb,
    changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL
);


ALTER TABLE public.connections_describedapp ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.connections_describedapp_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.connections_foretold (
    id bigint NOT NULL,
    source character varying(12) NOT NULL,
    what character varying(200) NOT NULL,
    says character varying(300) DEFAULT ''::character varying NOT NULL,
    ends_on date,
    first_on date NOT NULL,
    last_on date NOT NULL,
    connection_id bigint NOT NULL
);


ALTER TABLE public.connections_foretold ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.connections_foretold_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.connections_watch (
    connection_id bigint NOT NULL,
    due_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    before_work boolean DEFAULT false NOT NULL,
    claimed_until timestamp with time zone
);


CREATE TABLE public.django_content_type (
    id integer NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);


ALTER TABLE public.django_content_type ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_content_type_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.django_migrations (
    id bigint NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);


ALTER TABLE public.django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.engine_backup (
    id bigint NOT NULL,
    made_at timestamp with time zone NOT NULL,
    path character varying(500) NOT NULL,
    computer character varying(120) NOT NULL,
    size bigint NOT NULL,
    is_encrypted boolean NOT NULL,
    by_schedule boolean NOT NULL,
    checked_at timestamp with time zone,
    problem text NOT NULL,
    gone_at timestamp with time zone
);


ALTER TABLE public.engine_backup ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.engine_backup_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.engine_beat (
    id bigint NOT NULL,
    name character varying(40) NOT NULL,
    at timestamp with time zone NOT NULL,
    problem character varying(300) NOT NULL
);


ALTER TABLE public.engine_beat ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.engine_beat_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.engine_restored (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    made_at timestamp with time zone NOT NULL,
    signoff character varying(40) NOT NULL,
    was_on jsonb NOT NULL,
    uncertain integer NOT NULL,
    held integer NOT NULL,
    waiting integer NOT NULL,
    CONSTRAINT engine_restored_held_check CHECK ((held >= 0)),
    CONSTRAINT engine_restored_uncertain_check CHECK ((uncertain >= 0)),
    CONSTRAINT engine_restored_waiting_check CHECK ((waiting >= 0))
);


ALTER TABLE public.engine_restored ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.engine_restored_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.hooks_attempt (
    id bigint NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    status smallint,
    problem character varying(300) NOT NULL,
    message_id bigint NOT NULL,
    CONSTRAINT hooks_attempt_status_check CHECK ((status >= 0))
);


ALTER TABLE public.hooks_attempt ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.hooks_attempt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.hooks_happening (
    id bigint NOT NULL,
    state character varying(20) NOT NULL,
    at timestamp with time zone NOT NULL,
    run_id bigint NOT NULL
);


ALTER TABLE public.hooks_happening ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.hooks_happening_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.hooks_hook (
    id bigint NOT NULL,
    event character varying(20) NOT NULL,
    url_sealed bytea,
    secret_sealed bytea,
    host character varying(253) NOT NULL,
    state character varying(8) NOT NULL,
    through character varying(80) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    integration_id bigint,
    person_id bigint,
    run_id bigint,
    token_id bigint
);


ALTER TABLE public.hooks_hook ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.hooks_hook_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.hooks_message (
    id bigint NOT NULL,
    event character varying(20) NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    webhook_id character varying(40) NOT NULL,
    state character varying(8) NOT NULL,
    tries integer NOT NULL,
    next_at timestamp with time zone NOT NULL,
    try_until timestamp with time zone NOT NULL,
    claimed_until timestamp with time zone,
    problem character varying(300) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    hook_id bigint NOT NULL,
    run_id bigint NOT NULL,
    CONSTRAINT hooks_message_tries_check CHECK ((tries >= 0))
);


ALTER TABLE public.hooks_message ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.hooks_message_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.hooks_proposal (
    id bigint NOT NULL,
    through character varying(80) NOT NULL,
    body_hash character varying(64) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    person_id bigint,
    run_id bigint NOT NULL
);


ALTER TABLE public.hooks_proposal ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.hooks_proposal_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.integrations_draft (
    id bigint NOT NULL,
    source text NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    made_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    base_id bigint,
    changed_by_id bigint,
    integration_id bigint,
    made_by_id bigint,
    CONSTRAINT integrations_draft_revision_check CHECK ((revision >= 0))
);


ALTER TABLE public.integrations_draft ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.integrations_draft_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.integrations_drift (
    id bigint NOT NULL,
    reference character varying(250) NOT NULL,
    what text NOT NULL,
    gone jsonb DEFAULT '[]'::jsonb NOT NULL,
    is_gone boolean DEFAULT false NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    integration_id bigint NOT NULL,
    most integer,
    CONSTRAINT integrations_drift_most_check CHECK ((most >= 0))
);


ALTER TABLE public.integrations_drift ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.integrations_drift_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.integrations_integration (
    id bigint NOT NULL,
    name character varying(80) NOT NULL,
    key character varying(40) NOT NULL,
    secret_sealed bytea,
    is_on boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    current_id bigint
);


ALTER TABLE public.integrations_integration ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.integrations_integration_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.integrations_version (
    id bigint NOT NULL,
    number integer NOT NULL,
    hash character varying(64) NOT NULL,
    definition jsonb NOT NULL,
    source text NOT NULL,
    made_at timestamp with time zone NOT NULL,
    integration_id bigint NOT NULL,
    made_by_id bigint,
    CONSTRAINT integrations_version_number_check CHECK ((number >= 0))
);


ALTER TABLE public.integrations_version ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.integrations_version_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.monitoring_channel (
    id bigint NOT NULL,
    kind character varying(8) NOT NULL,
    sealed bytea,
    shown character varying(120) NOT NULL,
    urgency character varying(4) NOT NULL,
    quiet_from time without time zone,
    quiet_until time without time zone,
    zone character varying(60) NOT NULL,
    lets_urgent boolean NOT NULL,
    "position" smallint NOT NULL,
    is_on boolean NOT NULL,
    problem character varying(300) NOT NULL,
    problem_since timestamp with time zone,
    worked_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    person_id bigint NOT NULL,
    weekly boolean DEFAULT true NOT NULL,
    CONSTRAINT monitoring_channel_position_check CHECK (("position" >= 0))
);


ALTER TABLE public.monitoring_channel ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.monitoring_channel_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.monitoring_hour (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    count integer NOT NULL,
    quiet_from timestamp with time zone,
    quiet_until timestamp with time zone,
    integration_id bigint NOT NULL,
    CONSTRAINT monitoring_hour_count_check CHECK ((count >= 0))
);


ALTER TABLE public.monitoring_hour ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.monitoring_hour_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.monitoring_notice (
    id bigint NOT NULL,
    key character varying(200) NOT NULL,
    urgency character varying(4) NOT NULL,
    subject character varying(120) NOT NULL,
    title character varying(300) NOT NULL,
    text text NOT NULL,
    button character varying(60) NOT NULL,
    address character varying(300) NOT NULL,
    ends_at timestamp with time zone,
    step smallint DEFAULT 0 NOT NULL,
    round integer DEFAULT 1 NOT NULL,
    waiting integer DEFAULT 0 NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    tell_from timestamp with time zone NOT NULL,
    acknowledged_at timestamp with time zone,
    snoozed_at timestamp with time zone,
    snoozed_waiting integer DEFAULT 0 NOT NULL,
    closed_at timestamp with time zone,
    closing character varying(300) DEFAULT ''::character varying NOT NULL,
    acknowledged_by_id bigint,
    snoozed_by_id bigint,
    CONSTRAINT monitoring_notice_round_check CHECK ((round >= 0)),
    CONSTRAINT monitoring_notice_snoozed_waiting_check CHECK ((snoozed_waiting >= 0)),
    CONSTRAINT monitoring_notice_step_check CHECK ((step >= 0)),
    CONSTRAINT monitoring_notice_waiting_check CHECK ((waiting >= 0))
);


ALTER TABLE public.monitoring_notice ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.monitoring_notice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.monitoring_rhythm (
    id bigint NOT NULL,
    began_at timestamp with time zone,
    counted_until timestamp with time zone NOT NULL,
    counted_id bigint DEFAULT 0 NOT NULL,
    counted_last_at timestamp with time zone,
    rates jsonb DEFAULT '[]'::jsonb NOT NULL,
    enough double precision DEFAULT 0.0 NOT NULL,
    learned_on date,
    left_out jsonb DEFAULT '[]'::jsonb NOT NULL,
    looked_at timestamp with time zone NOT NULL,
    hushed_at timestamp with time zone,
    watched_from timestamp with time zone,
    last_at timestamp with time zone,
    silent_from timestamp with time zone,
    integration_id bigint NOT NULL,
    is_stated boolean DEFAULT false NOT NULL
);


ALTER TABLE public.monitoring_rhythm ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.monitoring_rhythm_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.monitoring_telling (
    id bigint NOT NULL,
    round integer NOT NULL,
    by character varying(120) NOT NULL,
    state character varying(8) NOT NULL,
    due_at timestamp with time zone NOT NULL,
    claimed_until timestamp with time zone,
    lap smallint NOT NULL,
    tried jsonb NOT NULL,
    told_at timestamp with time zone,
    channel_id bigint,
    notice_id bigint NOT NULL,
    person_id bigint NOT NULL,
    CONSTRAINT monitoring_telling_lap_check CHECK ((lap >= 0)),
    CONSTRAINT monitoring_telling_round_check CHECK ((round >= 0))
);


ALTER TABLE public.monitoring_telling ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.monitoring_telling_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.monitoring_weeklyletter (
    id bigint NOT NULL,
    week_on date NOT NULL,
    claimed_until timestamp with time zone NOT NULL,
    tries smallint DEFAULT 0 NOT NULL,
    sent_at timestamp with time zone,
    person_id bigint NOT NULL,
    CONSTRAINT monitoring_weeklyletter_tries_check CHECK ((tries >= 0))
);


ALTER TABLE public.monitoring_weeklyletter ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.monitoring_weeklyletter_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.pacing_lane (
    id bigint NOT NULL,
    name character varying(80) NOT NULL,
    next_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    connection_id bigint NOT NULL
);


ALTER TABLE public.pacing_lane ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.pacing_lane_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.pacing_pace (
    connection_id bigint NOT NULL,
    request_seconds double precision NOT NULL,
    request_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    token_seconds double precision NOT NULL,
    token_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    held_until timestamp with time zone,
    held_why character varying(200) NOT NULL,
    request_by character varying(10) NOT NULL,
    token_by character varying(10) NOT NULL,
    failures integer NOT NULL,
    CONSTRAINT pacing_pace_failures_check CHECK ((failures >= 0))
);


COMMENT ON TABLE public.pacing_pace IS 'one row a connection; changed by single statements only';


CREATE TABLE public.procrastinate_events (
    id bigint NOT NULL,
    job_id bigint NOT NULL,
    type public.procrastinate_job_event_type,
    at timestamp with time zone DEFAULT now()
);


CREATE SEQUENCE public.procrastinate_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER SEQUENCE public.procrastinate_events_id_seq OWNED BY public.procrastinate_events.id;


CREATE SEQUENCE public.procrastinate_jobs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER SEQUENCE public.procrastinate_jobs_id_seq OWNED BY public.procrastinate_jobs.id;


CREATE TABLE public.procrastinate_periodic_defers (
    id bigint NOT NULL,
    task_name character varying(128) NOT NULL,
    defer_timestamp bigint,
    job_id bigint,
    periodic_id character varying(128) DEFAULT ''::character varying NOT NULL
);


CREATE SEQUENCE public.procrastinate_periodic_defers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER SEQUENCE public.procrastinate_periodic_defers_id_seq OWNED BY public.procrastinate_periodic_defers.id;


CREATE TABLE public.procrastinate_workers (
    id bigint NOT NULL,
    last_heartbeat timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE public.procrastinate_workers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.procrastinate_workers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.prompts_fact (
    id bigint NOT NULL,
    name character varying(60) NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    statements jsonb NOT NULL,
    number integer NOT NULL,
    CONSTRAINT prompts_fact_number_check CHECK ((number >= 0))
);


ALTER TABLE public.prompts_fact ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.prompts_fact_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.prompts_factversion (
    id bigint NOT NULL,
    number integer NOT NULL,
    statements jsonb NOT NULL,
    made_at timestamp with time zone NOT NULL,
    fact_id bigint NOT NULL,
    made_by_id bigint,
    CONSTRAINT prompts_factversion_number_check CHECK ((number >= 0))
);


ALTER TABLE public.prompts_factversion ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.prompts_factversion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.prompts_promptversion (
    hash character varying(64) NOT NULL,
    parts jsonb NOT NULL,
    instructions text NOT NULL,
    first_used_at timestamp with time zone NOT NULL
);


CREATE TABLE public.proving_case (
    id bigint NOT NULL,
    label character varying(200) NOT NULL,
    record jsonb NOT NULL,
    verdict character varying(10) NOT NULL,
    expected jsonb,
    rejected jsonb,
    reason character varying(200) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    integration_id bigint NOT NULL,
    made_by_id bigint,
    run_id bigint,
    is_kept boolean DEFAULT true NOT NULL
);


ALTER TABLE public.proving_case ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.proving_case_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.proving_proof (
    id bigint NOT NULL,
    state character varying(10) NOT NULL,
    candidates jsonb NOT NULL,
    fail_on jsonb NOT NULL,
    made_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    integration_id bigint NOT NULL,
    made_by_id bigint
);


ALTER TABLE public.proving_proof ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.proving_proof_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.proving_replay (
    id bigint NOT NULL,
    candidate smallint NOT NULL,
    state character varying(10) NOT NULL,
    claimed_until timestamp with time zone,
    tries smallint NOT NULL,
    answer jsonb,
    faults jsonb NOT NULL,
    findings jsonb NOT NULL,
    wrong jsonb NOT NULL,
    repeats boolean NOT NULL,
    closeness double precision,
    seconds double precision NOT NULL,
    input_tokens integer NOT NULL,
    output_tokens integer NOT NULL,
    cost_micros bigint NOT NULL,
    model character varying(120) NOT NULL,
    prompt_version character varying(64) NOT NULL,
    problem text NOT NULL,
    case_id bigint NOT NULL,
    proof_id bigint NOT NULL,
    version_id bigint NOT NULL,
    CONSTRAINT proving_replay_candidate_check CHECK ((candidate >= 0)),
    CONSTRAINT proving_replay_input_tokens_check CHECK ((input_tokens >= 0)),
    CONSTRAINT proving_replay_output_tokens_check CHECK ((output_tokens >= 0)),
    CONSTRAINT proving_replay_tries_check CHECK ((tries >= 0))
);


ALTER TABLE public.proving_replay ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.proving_replay_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.review_asking (
    id bigint NOT NULL,
    place character varying(160) NOT NULL,
    marker character varying(40) NOT NULL,
    state character varying(14) NOT NULL,
    attempt integer NOT NULL,
    tries integer NOT NULL,
    problem text NOT NULL,
    next_step text NOT NULL,
    external_id character varying(200) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    next_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    connection_id bigint,
    told jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT review_asking_attempt_check CHECK ((attempt >= 0)),
    CONSTRAINT review_asking_tries_check CHECK ((tries >= 0))
);


ALTER TABLE public.review_asking ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_asking_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.review_certificate (
    id bigint NOT NULL,
    fingerprint character varying(64) NOT NULL,
    parts jsonb NOT NULL,
    "limit" double precision NOT NULL,
    audit double precision NOT NULL,
    n integer NOT NULL,
    k integer NOT NULL,
    bound double precision NOT NULL,
    draw_sealed bytea,
    state character varying(10) NOT NULL,
    signed_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    ended_by character varying(254) NOT NULL,
    why text NOT NULL,
    integration_id bigint NOT NULL,
    signed_by_id bigint,
    missed integer DEFAULT 0 NOT NULL,
    planted integer,
    prior_a double precision DEFAULT 0.5 NOT NULL,
    prior_b double precision DEFAULT 0.5 NOT NULL,
    unread integer DEFAULT 0 NOT NULL,
    CONSTRAINT review_certificate_k_check CHECK ((k >= 0)),
    CONSTRAINT review_certificate_missed_check CHECK ((missed >= 0)),
    CONSTRAINT review_certificate_n_check CHECK ((n >= 0)),
    CONSTRAINT review_certificate_planted_check CHECK ((planted >= 0)),
    CONSTRAINT review_certificate_unread_check CHECK ((unread >= 0))
);


ALTER TABLE public.review_certificate ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_certificate_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.review_opened (
    id bigint NOT NULL,
    content_hash character varying(64) NOT NULL,
    at timestamp with time zone NOT NULL,
    person_id bigint NOT NULL,
    review_id bigint NOT NULL
);


ALTER TABLE public.review_opened ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_opened_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.review_planted (
    id bigint NOT NULL,
    due_at timestamp with time zone NOT NULL,
    field character varying(200) NOT NULL,
    was text NOT NULL,
    now text NOT NULL,
    decided_at timestamp with time zone,
    noticed boolean,
    decided_by_id bigint,
    integration_id bigint NOT NULL,
    run_id bigint,
    source_id bigint
);


ALTER TABLE public.review_planted ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_planted_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.review_review (
    id bigint NOT NULL,
    state character varying(10) NOT NULL,
    by jsonb NOT NULL,
    content jsonb NOT NULL,
    content_hash character varying(64) NOT NULL,
    verdict character varying(10) NOT NULL,
    reason character varying(10) NOT NULL,
    decided_content jsonb,
    decided_at timestamp with time zone,
    undo_until timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    decided_by_id bigint,
    run_id bigint NOT NULL,
    ask character varying(160) DEFAULT ''::character varying NOT NULL,
    asked_id bigint,
    changed jsonb DEFAULT '[]'::jsonb NOT NULL,
    fingerprint character varying(64) DEFAULT ''::character varying NOT NULL,
    flagged boolean DEFAULT false NOT NULL,
    is_error boolean,
    overruled_at timestamp with time zone,
    overruled_by_id bigint,
    certificate_id bigint,
    again_at timestamp with time zone,
    assign character varying(13) DEFAULT ''::character varying NOT NULL,
    assigned_how character varying(200) DEFAULT ''::character varying NOT NULL,
    assigned_to_id bigint,
    compared_at timestamp with time zone,
    drift jsonb DEFAULT '[]'::jsonb NOT NULL,
    due_at timestamp with time zone,
    escalate_at timestamp with time zone,
    first_at timestamp with time zone,
    first_by_id bigint,
    first_content jsonb,
    four_eyes boolean DEFAULT false NOT NULL,
    had_by jsonb DEFAULT '[]'::jsonb NOT NULL,
    is_gone boolean DEFAULT false NOT NULL,
    looking_id bigint,
    looking_until timestamp with time zone,
    remind_at timestamp with time zone,
    words tsvector,
    unread boolean DEFAULT false NOT NULL
);


ALTER TABLE public.review_review ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_review_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.review_turn (
    id bigint NOT NULL,
    integration_id bigint NOT NULL,
    last_id bigint
);


ALTER TABLE public.review_turn ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_turn_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.review_unattended (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    certificate_id bigint NOT NULL,
    run_id bigint NOT NULL
);


ALTER TABLE public.review_unattended ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_unattended_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.review_warm (
    id bigint NOT NULL,
    fingerprint character varying(64) NOT NULL,
    before character varying(64) NOT NULL,
    proof_id bigint,
    n integer NOT NULL,
    k integer NOT NULL,
    prior_a double precision NOT NULL,
    prior_b double precision NOT NULL,
    at timestamp with time zone NOT NULL,
    integration_id bigint NOT NULL,
    version_id bigint NOT NULL,
    CONSTRAINT review_warm_k_check CHECK ((k >= 0)),
    CONSTRAINT review_warm_n_check CHECK ((n >= 0))
);


ALTER TABLE public.review_warm ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_warm_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.runs_batch (
    id bigint NOT NULL,
    model character varying(120) NOT NULL,
    marker character varying(40) NOT NULL,
    state character varying(12) NOT NULL,
    external_id character varying(200) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    submitting_at timestamp with time zone,
    submitted_at timestamp with time zone,
    answer_by timestamp with time zone NOT NULL,
    stopped_at timestamp with time zone,
    claimed_until timestamp with time zone,
    over_at timestamp with time zone,
    problem text NOT NULL,
    connection_id bigint NOT NULL
);


ALTER TABLE public.runs_batch ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.runs_batch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.runs_day (
    id bigint NOT NULL,
    on_day date NOT NULL,
    begun integer NOT NULL,
    spent_micros bigint NOT NULL,
    integration_id bigint NOT NULL,
    CONSTRAINT runs_day_begun_check CHECK ((begun >= 0))
);


ALTER TABLE public.runs_day ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.runs_day_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.runs_delivery (
    id bigint NOT NULL,
    "position" smallint NOT NULL,
    action character varying(60) NOT NULL,
    params jsonb NOT NULL,
    marker character varying(40) NOT NULL,
    state character varying(14) NOT NULL,
    attempt smallint NOT NULL,
    external_id character varying(200) NOT NULL,
    link character varying(500) NOT NULL,
    problem text NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    connection_id bigint NOT NULL,
    run_id bigint NOT NULL,
    receipt character varying(10) DEFAULT ''::character varying NOT NULL,
    CONSTRAINT runs_delivery_attempt_check CHECK ((attempt >= 0)),
    CONSTRAINT runs_delivery_position_check CHECK (("position" >= 0))
);


ALTER TABLE public.runs_delivery ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.runs_delivery_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.runs_lastword (
    id bigint NOT NULL,
    whom character varying(64) NOT NULL,
    at timestamp with time zone NOT NULL,
    connection_id bigint NOT NULL
);


ALTER TABLE public.runs_lastword ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.runs_lastword_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.runs_picture (
    id bigint NOT NULL,
    name character varying(200) NOT NULL,
    media_type character varying(20) NOT NULL,
    data bytea NOT NULL,
    sha256 character varying(64) NOT NULL,
    kept_at timestamp with time zone NOT NULL,
    run_id bigint NOT NULL
);


ALTER TABLE public.runs_picture ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.runs_picture_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.runs_run (
    id bigint NOT NULL,
    dedupe_key character varying(200) NOT NULL,
    object_id character varying(200) NOT NULL,
    label character varying(200) NOT NULL,
    record jsonb NOT NULL,
    state character varying(20) DEFAULT 'queued'::character varying NOT NULL,
    attempt integer DEFAULT 0 NOT NULL,
    tries smallint DEFAULT 0 NOT NULL,
    answer jsonb,
    raw_answer text DEFAULT ''::text NOT NULL,
    was_repaired boolean DEFAULT false NOT NULL,
    findings jsonb DEFAULT '[]'::jsonb NOT NULL,
    prompt_version character varying(64) DEFAULT ''::character varying NOT NULL,
    model character varying(120) DEFAULT ''::character varying NOT NULL,
    input_tokens integer DEFAULT 0 NOT NULL,
    output_tokens integer DEFAULT 0 NOT NULL,
    cost_micros bigint DEFAULT 0 NOT NULL,
    problem text DEFAULT ''::text NOT NULL,
    next_step text DEFAULT ''::text NOT NULL,
    detail text DEFAULT ''::text NOT NULL,
    resume_as character varying(20) DEFAULT ''::character varying NOT NULL,
    deliver_at timestamp with time zone,
    timeline jsonb NOT NULL,
    received_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    counted_on date,
    erased_at timestamp with time zone,
    integration_id bigint NOT NULL,
    replay_of_id bigint,
    version_id bigint NOT NULL,
    waits_for_id bigint,
    to_read boolean DEFAULT false NOT NULL,
    paid_before_micros bigint DEFAULT 0 NOT NULL,
    alarms jsonb DEFAULT '[]'::jsonb NOT NULL,
    cached_tokens integer DEFAULT 0 NOT NULL,
    examples jsonb DEFAULT '[]'::jsonb NOT NULL,
    answer_by timestamp with time zone,
    at_once boolean DEFAULT false NOT NULL,
    batch_id bigint,
    given_draft jsonb,
    planted boolean DEFAULT false NOT NULL,
    note jsonb,
    redrafted smallint DEFAULT 0 NOT NULL,
    CONSTRAINT a_planted_run_goes_nowhere CHECK (((NOT planted) OR ((state)::text = ANY ((ARRAY['waiting for review'::character varying, 'planted'::character varying])::text[])) OR ((replay_of_id IS NOT NULL) AND ((state)::text = ANY ((ARRAY['queued'::character varying, 'asking'::character varying, 'in a batch'::character varying, 'needs you'::character varying, 'failed'::character varying, 'parked'::character varying, 'left'::character varying])::text[]))))),
    CONSTRAINT runs_run_attempt_check CHECK ((attempt >= 0)),
    CONSTRAINT runs_run_cached_tokens_check CHECK ((cached_tokens >= 0)),
    CONSTRAINT runs_run_input_tokens_check CHECK ((input_tokens >= 0)),
    CONSTRAINT runs_run_output_tokens_check CHECK ((output_tokens >= 0)),
    CONSTRAINT runs_run_redrafted_check CHECK ((redrafted >= 0)),
    CONSTRAINT runs_run_tries_check CHECK ((tries >= 0))
);


ALTER TABLE public.runs_run ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.runs_run_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.runs_source (
    id bigint NOT NULL,
    cursor text,
    reads character varying(160) NOT NULL,
    next_at timestamp with time zone NOT NULL,
    problem text NOT NULL,
    read_at timestamp with time zone,
    claimed_until timestamp with time zone,
    integration_id bigint NOT NULL,
    hold_before timestamp with time zone,
    problem_since timestamp with time zone
);


ALTER TABLE public.runs_source ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.runs_source_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.runs_spent (
    id bigint NOT NULL,
    on_day date NOT NULL,
    was_for character varying(10) NOT NULL,
    model character varying(120) NOT NULL,
    part smallint NOT NULL,
    answers integer NOT NULL,
    drafts integer NOT NULL,
    input_tokens bigint NOT NULL,
    cached_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cost_micros bigint NOT NULL,
    saved_micros bigint NOT NULL,
    integration_id bigint,
    CONSTRAINT runs_spent_answers_check CHECK ((answers >= 0)),
    CONSTRAINT runs_spent_drafts_check CHECK ((drafts >= 0)),
    CONSTRAINT runs_spent_part_check CHECK ((part >= 0))
);


ALTER TABLE public.runs_spent ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.runs_spent_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.runs_upload (
    id bigint NOT NULL,
    name character varying(200) NOT NULL,
    sha256 character varying(64) NOT NULL,
    size integer NOT NULL,
    data bytea,
    choices jsonb NOT NULL,
    layout jsonb NOT NULL,
    mapping jsonb NOT NULL,
    repeat character varying(3) NOT NULL,
    count integer NOT NULL,
    empty jsonb NOT NULL,
    state character varying(10) NOT NULL,
    "position" integer NOT NULL,
    problem text NOT NULL,
    made_at timestamp with time zone NOT NULL,
    begun_at timestamp with time zone,
    finished_at timestamp with time zone,
    erased_at timestamp with time zone,
    integration_id bigint NOT NULL,
    made_by_id bigint,
    CONSTRAINT runs_upload_count_check CHECK ((count >= 0)),
    CONSTRAINT runs_upload_position_check CHECK (("position" >= 0)),
    CONSTRAINT runs_upload_size_check CHECK ((size >= 0))
);


ALTER TABLE public.runs_upload ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.runs_upload_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.runs_uploadrow (
    id bigint NOT NULL,
    number integer NOT NULL,
    "values" jsonb NOT NULL,
    state character varying(10) DEFAULT 'waiting'::character varying NOT NULL,
    why character varying(300) DEFAULT ''::character varying NOT NULL,
    run_id bigint,
    upload_id bigint NOT NULL,
    CONSTRAINT runs_uploadrow_number_check CHECK ((number >= 0))
);


ALTER TABLE public.runs_uploadrow ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.runs_uploadrow_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.versions_announcement (
    id bigint NOT NULL,
    app character varying(40) NOT NULL,
    key character varying(64) NOT NULL,
    title character varying(300) NOT NULL,
    link character varying(500) NOT NULL,
    published_on date,
    names jsonb NOT NULL,
    seen_at timestamp with time zone NOT NULL
);


ALTER TABLE public.versions_announcement ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.versions_announcement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.versions_changelog (
    app character varying(40) NOT NULL,
    asked_at timestamp with time zone,
    read_at timestamp with time zone,
    etag character varying(200) DEFAULT ''::character varying NOT NULL,
    changed character varying(60) DEFAULT ''::character varying NOT NULL,
    problem character varying(300) DEFAULT ''::character varying NOT NULL
);


CREATE TABLE public.versions_drill (
    id bigint NOT NULL,
    kind character varying(8) NOT NULL,
    at_before character varying(60) NOT NULL,
    before character varying(200) NOT NULL,
    at_after character varying(60) NOT NULL,
    after character varying(200) NOT NULL,
    state character varying(8) NOT NULL,
    claimed_until timestamp with time zone,
    report jsonb DEFAULT '{}'::jsonb NOT NULL,
    made_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    switched_at timestamp with time zone,
    switched_from integer,
    switched_to integer,
    rolled_back_at timestamp with time zone,
    integration_id bigint NOT NULL,
    made_by_id bigint,
    proof_id bigint,
    rolled_back_by_id bigint,
    switched_by_id bigint,
    version_id bigint NOT NULL,
    CONSTRAINT versions_drill_switched_from_check CHECK ((switched_from >= 0)),
    CONSTRAINT versions_drill_switched_to_check CHECK ((switched_to >= 0))
);


ALTER TABLE public.versions_drill ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.versions_drill_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.versions_looked (
    connection_id bigint NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    listed jsonb DEFAULT '[]'::jsonb NOT NULL,
    problem character varying(300) DEFAULT ''::character varying NOT NULL
);


CREATE TABLE public.versions_quarterlyreview (
    id bigint NOT NULL,
    quarter character varying(7) NOT NULL,
    points jsonb NOT NULL,
    remarks text NOT NULL,
    signed_name character varying(254) NOT NULL,
    signed_at timestamp with time zone NOT NULL,
    signed_by_id bigint
);


ALTER TABLE public.versions_quarterlyreview ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.versions_quarterlyreview_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


CREATE TABLE public.versions_subscription (
    id bigint NOT NULL,
    hash character varying(64) NOT NULL,
    made_at timestamp with time zone NOT NULL,
    read_on date,
    ended_at timestamp with time zone,
    person_id bigint NOT NULL
);


ALTER TABLE public.versions_subscription ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.versions_subscription_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


ALTER TABLE ONLY public.procrastinate_events ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_events_id_seq'::regclass);


ALTER TABLE ONLY public.procrastinate_jobs ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_jobs_id_seq'::regclass);


ALTER TABLE ONLY public.procrastinate_periodic_defers ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_periodic_defers_id_seq'::regclass);


INSERT INTO public.auth_permission VALUES
	(1, 'Can add permission', 1, 'add_permission'),
	(2, 'Can change permission', 1, 'change_permission'),
	(3, 'Can delete permission', 1, 'delete_permission'),
	(4, 'Can view permission', 1, 'view_permission'),
	(5, 'Can add group', 2, 'add_group'),
	(6, 'Can change group', 2, 'change_group'),
	(7, 'Can delete group', 2, 'delete_group'),
	(8, 'Can view group', 2, 'view_group'),
	(9, 'Can add content type', 3, 'add_contenttype'),
	(10, 'Can change content type', 3, 'change_contenttype'),
	(11, 'Can delete content type', 3, 'delete_contenttype'),
	(12, 'Can view content type', 3, 'view_contenttype'),
	(13, 'Can add procrastinate event', 4, 'add_procrastinateevent'),
	(14, 'Can change procrastinate event', 4, 'change_procrastinateevent'),
	(15, 'Can delete procrastinate event', 4, 'delete_procrastinateevent'),
	(16, 'Can view procrastinate event', 4, 'view_procrastinateevent'),
	(17, 'Can add procrastinate job', 5, 'add_procrastinatejob'),
	(18, 'Can change procrastinate job', 5, 'change_procrastinatejob'),
	(19, 'Can delete procrastinate job', 5, 'delete_procrastinatejob'),
	(20, 'Can view procrastinate job', 5, 'view_procrastinatejob'),
	(21, 'Can add procrastinate periodic defer', 6, 'add_procrastinateperiodicdefer'),
	(22, 'Can change procrastinate periodic defer', 6, 'change_procrastinateperiodicdefer'),
	(23, 'Can delete procrastinate periodic defer', 6, 'delete_procrastinateperiodicdefer'),
	(24, 'Can view procrastinate periodic defer', 6, 'view_procrastinateperiodicdefer'),
	(25, 'Can add procrastinate worker', 7, 'add_procrastinateworker'),
	(26, 'Can change procrastinate worker', 7, 'change_procrastinateworker'),
	(27, 'Can delete procrastinate worker', 7, 'delete_procrastinateworker'),
	(28, 'Can view procrastinate worker', 7, 'view_procrastinateworker'),
	(29, 'Can add person', 8, 'add_person'),
	(30, 'Can change person', 8, 'change_person'),
	(31, 'Can delete person', 8, 'delete_person'),
	(32, 'Can view person', 8, 'view_person'),
	(33, 'Can add audit entry', 9, 'add_auditentry'),
	(34, 'Can change audit entry', 9, 'change_auditentry'),
	(35, 'Can delete audit entry', 9, 'delete_auditentry'),
	(36, 'Can view audit entry', 9, 'view_auditentry'),
	(37, 'Can add failed sign in', 10, 'add_failedsignin'),
	(38, 'Can change failed sign in', 10, 'change_failedsignin'),
	(39, 'Can delete failed sign in', 10, 'delete_failedsignin'),
	(40, 'Can view failed sign in', 10, 'view_failedsignin'),
	(41, 'Can add api token', 11, 'add_apitoken'),
	(42, 'Can change api token', 11, 'change_apitoken'),
	(43, 'Can delete api token', 11, 'delete_apitoken'),
	(44, 'Can view api token', 11, 'view_apitoken'),
	(45, 'Can add sign in link', 12, 'add_signinlink'),
	(46, 'Can change sign in link', 12, 'change_signinlink'),
	(47, 'Can delete sign in link', 12, 'delete_signinlink'),
	(48, 'Can view sign in link', 12, 'view_signinlink'),
	(49, 'Can add rules', 13, 'add_rules'),
	(50, 'Can change rules', 13, 'change_rules'),
	(51, 'Can delete rules', 13, 'delete_rules'),
	(52, 'Can view rules', 13, 'view_rules'),
	(53, 'Can add session', 14, 'add_session'),
	(54, 'Can change session', 14, 'change_session'),
	(55, 'Can delete session', 14, 'delete_session'),
	(56, 'Can view session', 14, 'view_session'),
	(57, 'Can add invitation', 15, 'add_invitation'),
	(58, 'Can change invitation', 15, 'change_invitation'),
	(59, 'Can delete invitation', 15, 'delete_invitation'),
	(60, 'Can view invitation', 15, 'view_invitation'),
	(61, 'Can add one time codes', 16, 'add_onetimecodes'),
	(62, 'Can change one time codes', 16, 'change_onetimecodes'),
	(63, 'Can delete one time codes', 16, 'delete_onetimecodes'),
	(64, 'Can view one time codes', 16, 'view_onetimecodes'),
	(65, 'Can add passkey', 17, 'add_passkey'),
	(66, 'Can change passkey', 17, 'change_passkey'),
	(67, 'Can delete passkey', 17, 'delete_passkey'),
	(68, 'Can view passkey', 17, 'view_passkey'),
	(69, 'Can add recovery code', 18, 'add_recoverycode'),
	(70, 'Can change recovery code', 18, 'change_recoverycode'),
	(71, 'Can delete recovery code', 18, 'delete_recoverycode'),
	(72, 'Can view recovery code', 18, 'view_recoverycode'),
	(73, 'Can add audit seal', 19, 'add_auditseal'),
	(74, 'Can change audit seal', 19, 'change_auditseal'),
	(75, 'Can delete audit seal', 19, 'delete_auditseal'),
	(76, 'Can view audit seal', 19, 'view_auditseal'),
	(77, 'Can add away', 20, 'add_away'),
	(78, 'Can change away', 20, 'change_away'),
	(79, 'Can delete away', 20, 'delete_away'),
	(80, 'Can view away', 20, 'view_away'),
	(81, 'Can add connection', 21, 'add_connection'),
	(82, 'Can change connection', 21, 'change_connection'),
	(83, 'Can delete connection', 21, 'delete_connection'),
	(84, 'Can view connection', 21, 'view_connection'),
	(85, 'Can add watch', 22, 'add_watch'),
	(86, 'Can change watch', 22, 'change_watch'),
	(87, 'Can delete watch', 22, 'delete_watch'),
	(88, 'Can view watch', 22, 'view_watch'),
	(89, 'Can add foretold', 23, 'add_foretold'),
	(90, 'Can change foretold', 23, 'change_foretold'),
	(91, 'Can delete foretold', 23, 'delete_foretold'),
	(92, 'Can view foretold', 23, 'view_foretold'),
	(93, 'Can add described app', 24, 'add_describedapp'),
	(94, 'Can change described app', 24, 'change_describedapp'),
	(95, 'Can delete described app', 24, 'delete_describedapp'),
	(96, 'Can view described app', 24, 'view_describedapp'),
	(97, 'Can add fact', 25, 'add_fact'),
	(98, 'Can change fact', 25, 'change_fact'),
	(99, 'Can delete fact', 25, 'delete_fact'),
	(100, 'Can view fact', 25, 'view_fact'),
	(101, 'Can add fact version', 26, 'add_factversion'),
	(102, 'Can change fact version', 26, 'change_factversion'),
	(103, 'Can delete fact version', 26, 'delete_factversion'),
	(104, 'Can view fact version', 26, 'view_factversion'),
	(105, 'Can add prompt version', 27, 'add_promptversion'),
	(106, 'Can change prompt version', 27, 'change_promptversion'),
	(107, 'Can delete prompt version', 27, 'delete_promptversion'),
	(108, 'Can view prompt version', 27, 'view_promptversion'),
	(109, 'Can add pace', 28, 'add_pace'),
	(110, 'Can change pace', 28, 'change_pace'),
	(111, 'Can delete pace', 28, 'delete_pace'),
	(112, 'Can view pace', 28, 'view_pace'),
	(113, 'Can add lane', 29, 'add_lane'),
	(114, 'Can change lane', 29, 'change_lane'),
	(115, 'Can delete lane', 29, 'delete_lane'),
	(116, 'Can view lane', 29, 'view_lane'),
	(117, 'Can add integration', 30, 'add_integration'),
	(118, 'Can change integration', 30, 'change_integration'),
	(119, 'Can delete integration', 30, 'delete_integration'),
	(120, 'Can view integration', 30, 'view_integration'),
	(121, 'Can add version', 31, 'add_version'),
	(122, 'Can change version', 31, 'change_version'),
	(123, 'Can delete version', 31, 'delete_version'),
	(124, 'Can view version', 31, 'view_version'),
	(125, 'Can add drift', 32, 'add_drift'),
	(126, 'Can change drift', 32, 'change_drift'),
	(127, 'Can delete drift', 32, 'delete_drift'),
	(128, 'Can view drift', 32, 'view_drift'),
	(129, 'Can add draft', 33, 'add_draft'),
	(130, 'Can change draft', 33, 'change_draft'),
	(131, 'Can delete draft', 33, 'delete_draft'),
	(132, 'Can view draft', 33, 'view_draft'),
	(133, 'Can add run', 34, 'add_run'),
	(134, 'Can change run', 34, 'change_run'),
	(135, 'Can delete run', 34, 'delete_run'),
	(136, 'Can view run', 34, 'view_run'),
	(137, 'Can add delivery', 35, 'add_delivery'),
	(138, 'Can change delivery', 35, 'change_delivery'),
	(139, 'Can delete delivery', 35, 'delete_delivery'),
	(140, 'Can view delivery', 35, 'view_delivery'),
	(141, 'Can add source', 36, 'add_source'),
	(142, 'Can change source', 36, 'change_source'),
	(143, 'Can delete source', 36, 'delete_source'),
	(144, 'Can view source', 36, 'view_source'),
	(145, 'Can add day', 37, 'add_day'),
	(146, 'Can change day', 37, 'change_day'),
	(147, 'Can delete day', 37, 'delete_day'),
	(148, 'Can view day', 37, 'view_day'),
	(149, 'Can add last word', 38, 'add_lastword'),
	(150, 'Can change last word', 38, 'change_lastword'),
	(151, 'Can delete last word', 38, 'delete_lastword'),
	(152, 'Can view last word', 38, 'view_lastword'),
	(153, 'Can add picture', 39, 'add_picture'),
	(154, 'Can change picture', 39, 'change_picture'),
	(155, 'Can delete picture', 39, 'delete_picture'),
	(156, 'Can view picture', 39, 'view_picture'),
	(157, 'Can add upload', 40, 'add_upload'),
	(158, 'Can change upload', 40, 'change_upload'),
	(159, 'Can delete upload', 40, 'delete_upload'),
	(160, 'Can view upload', 40, 'view_upload'),
	(161, 'Can add upload row', 41, 'add_uploadrow'),
	(162, 'Can change upload row', 41, 'change_uploadrow'),
	(163, 'Can delete upload row', 41, 'delete_uploadrow'),
	(164, 'Can view upload row', 41, 'view_uploadrow'),
	(165, 'Can add spent', 42, 'add_spent'),
	(166, 'Can change spent', 42, 'change_spent'),
	(167, 'Can delete spent', 42, 'delete_spent'),
	(168, 'Can view spent', 42, 'view_spent'),
	(169, 'Can add batch', 43, 'add_batch'),
	(170, 'Can change batch', 43, 'change_batch'),
	(171, 'Can delete batch', 43, 'delete_batch'),
	(172, 'Can view batch', 43, 'view_batch'),
	(173, 'Can add review', 44, 'add_review'),
	(174, 'Can change review', 44, 'change_review'),
	(175, 'Can delete review', 44, 'delete_review'),
	(176, 'Can view review', 44, 'view_review'),
	(177, 'Can add asking', 45, 'add_asking'),
	(178, 'Can change asking', 45, 'change_asking'),
	(179, 'Can delete asking', 45, 'delete_asking'),
	(180, 'Can view asking', 45, 'view_asking'),
	(181, 'Can add unattended', 46, 'add_unattended'),
	(182, 'Can change unattended', 46, 'change_unattended'),
	(183, 'Can delete unattended', 46, 'delete_unattended'),
	(184, 'Can view unattended', 46, 'view_unattended'),
	(185, 'Can add certificate', 47, 'add_certificate'),
	(186, 'Can change certificate', 47, 'change_certificate'),
	(187, 'Can delete certificate', 47, 'delete_certificate'),
	(188, 'Can view certificate', 47, 'view_certificate'),
	(189, 'Can add turn', 48, 'add_turn'),
	(190, 'Can change turn', 48, 'change_turn'),
	(191, 'Can delete turn', 48, 'delete_turn'),
	(192, 'Can view turn', 48, 'view_turn'),
	(193, 'Can add opened', 49, 'add_opened'),
	(194, 'Can change opened', 49, 'change_opened'),
	(195, 'Can delete opened', 49, 'delete_opened'),
	(196, 'Can view opened', 49, 'view_opened'),
	(197, 'Can add planted', 50, 'add_planted'),
	(198, 'Can change planted', 50, 'change_planted'),
	(199, 'Can delete planted', 50, 'delete_planted'),
	(200, 'Can view planted', 50, 'view_planted'),
	(201, 'Can add warm', 51, 'add_warm'),
	(202, 'Can change warm', 51, 'change_warm'),
	(203, 'Can delete warm', 51, 'delete_warm'),
	(204, 'Can view warm', 51, 'view_warm'),
	(205, 'Can add case', 52, 'add_case'),
	(206, 'Can change case', 52, 'change_case'),
	(207, 'Can delete case', 52, 'delete_case'),
	(208, 'Can view case', 52, 'view_case'),
	(209, 'Can add proof', 53, 'add_proof'),
	(210, 'Can change proof', 53, 'change_proof'),
	(211, 'Can delete proof', 53, 'delete_proof'),
	(212, 'Can view proof', 53, 'view_proof'),
	(213, 'Can add replay', 54, 'add_replay'),
	(214, 'Can change replay', 54, 'change_replay'),
	(215, 'Can delete replay', 54, 'delete_replay'),
	(216, 'Can view replay', 54, 'view_replay'),
	(217, 'Can add changelog', 55, 'add_changelog'),
	(218, 'Can change changelog', 55, 'change_changelog'),
	(219, 'Can delete changelog', 55, 'delete_changelog'),
	(220, 'Can view changelog', 55, 'view_changelog'),
	(221, 'Can add looked', 56, 'add_looked'),
	(222, 'Can change looked', 56, 'change_looked'),
	(223, 'Can delete looked', 56, 'delete_looked'),
	(224, 'Can view looked', 56, 'view_looked'),
	(225, 'Can add announcement', 57, 'add_announcement'),
	(226, 'Can change announcement', 57, 'change_announcement'),
	(227, 'Can delete announcement', 57, 'delete_announcement'),
	(228, 'Can view announcement', 57, 'view_announcement'),
	(229, 'Can add drill', 58, 'add_drill'),
	(230, 'Can change drill', 58, 'change_drill'),
	(231, 'Can delete drill', 58, 'delete_drill'),
	(232, 'Can view drill', 58, 'view_drill'),
	(233, 'Can add quarterly review', 59, 'add_quarterlyreview'),
	(234, 'Can change quarterly review', 59, 'change_quarterlyreview'),
	(235, 'Can delete quarterly review', 59, 'delete_quarterlyreview'),
	(236, 'Can view quarterly review', 59, 'view_quarterlyreview'),
	(237, 'Can add subscription', 60, 'add_subscription'),
	(238, 'Can change subscription', 60, 'change_subscription'),
	(239, 'Can delete subscription', 60, 'delete_subscription'),
	(240, 'Can view subscription', 60, 'view_subscription'),
	(241, 'Can add happening', 61, 'add_happening'),
	(242, 'Can change happening', 61, 'change_happening'),
	(243, 'Can delete happening', 61, 'delete_happening'),
	(244, 'Can view happening', 61, 'view_happening'),
	(245, 'Can add hook', 62, 'add_hook'),
	(246, 'Can change hook', 62, 'change_hook'),
	(247, 'Can delete hook', 62, 'delete_hook'),
	(248, 'Can view hook', 62, 'view_hook'),
	(249, 'Can add message', 63, 'add_message'),
	(250, 'Can change message', 63, 'change_message'),
	(251, 'Can delete message', 63, 'delete_message'),
	(252, 'Can view message', 63, 'view_message'),
	(253, 'Can add attempt', 64, 'add_attempt'),
	(254, 'Can change attempt', 64, 'change_attempt'),
	(255, 'Can delete attempt', 64, 'delete_attempt'),
	(256, 'Can view attempt', 64, 'view_attempt'),
	(257, 'Can add proposal', 65, 'add_proposal'),
	(258, 'Can change proposal', 65, 'change_proposal'),
	(259, 'Can delete proposal', 65, 'delete_proposal'),
	(260, 'Can view proposal', 65, 'view_proposal'),
	(261, 'Can add channel', 66, 'add_channel'),
	(262, 'Can change channel', 66, 'change_channel'),
	(263, 'Can delete channel', 66, 'delete_channel'),
	(264, 'Can view channel', 66, 'view_channel'),
	(265, 'Can add notice', 67, 'add_notice'),
	(266, 'Can change notice', 67, 'change_notice'),
	(267, 'Can delete notice', 67, 'delete_notice'),
	(268, 'Can view notice', 67, 'view_notice'),
	(269, 'Can add telling', 68, 'add_telling'),
	(270, 'Can change telling', 68, 'change_telling'),
	(271, 'Can delete telling', 68, 'delete_telling'),
	(272, 'Can view telling', 68, 'view_telling'),
	(273, 'Can add rhythm', 69, 'add_rhythm'),
	(274, 'Can change rhythm', 69, 'change_rhythm'),
	(275, 'Can delete rhythm', 69, 'delete_rhythm'),
	(276, 'Can view rhythm', 69, 'view_rhythm'),
	(277, 'Can add hour', 70, 'add_hour'),
	(278, 'Can change hour', 70, 'change_hour'),
	(279, 'Can delete hour', 70, 'delete_hour'),
	(280, 'Can view hour', 70, 'view_hour'),
	(281, 'Can add weekly letter', 71, 'add_weeklyletter'),
	(282, 'Can change weekly letter', 71, 'change_weeklyletter'),
	(283, 'Can delete weekly letter', 71, 'delete_weeklyletter'),
	(284, 'Can view weekly letter', 71, 'view_weeklyletter'),
	(285, 'Can add backup', 72, 'add_backup'),
	(286, 'Can change backup', 72, 'change_backup'),
	(287, 'Can delete backup', 72, 'delete_backup'),
	(288, 'Can view backup', 72, 'view_backup'),
	(289, 'Can add beat', 73, 'add_beat'),
	(290, 'Can change beat', 73, 'change_beat'),
	(291, 'Can delete beat', 73, 'delete_beat'),
	(292, 'Can view beat', 73, 'view_beat'),
	(293, 'Can add restored', 74, 'add_restored'),
	(294, 'Can change restored', 74, 'change_restored'),
	(295, 'Can delete restored', 74, 'delete_restored'),
	(296, 'Can view restored', 74, 'view_restored');


INSERT INTO public.django_content_type VALUES
	(1, 'auth', 'permission'),
	(2, 'auth', 'group'),
	(3, 'contenttypes', 'contenttype'),
	(4, 'procrastinate', 'procrastinateevent'),
	(5, 'procrastinate', 'procrastinatejob'),
	(6, 'procrastinate', 'procrastinateperiodicdefer'),
	(7, 'procrastinate', 'procrastinateworker'),
	(8, 'accounts', 'person'),
	(9, 'accounts', 'auditentry'),
	(10, 'accounts', 'failedsignin'),
	(11, 'accounts', 'apitoken'),
	(12, 'accounts', 'signinlink'),
	(13, 'accounts', 'rules'),
	(14, 'accounts', 'session'),
	(15, 'accounts', 'invitation'),
	(16, 'accounts', 'onetimecodes'),
	(17, 'accounts', 'passkey'),
	(18, 'accounts', 'recoverycode'),
	(19, 'accounts', 'auditseal'),
	(20, 'accounts', 'away'),
	(21, 'connections', 'connection'),
	(22, 'connections', 'watch'),
	(23, 'connections', 'foretold'),
	(24, 'connections', 'describedapp'),
	(25, 'prompts', 'fact'),
	(26, 'prompts', 'factversion'),
	(27, 'prompts', 'promptversion'),
	(28, 'pacing', 'pace'),
	(29, 'pacing', 'lane'),
	(30, 'integrations', 'integration'),
	(31, 'integrations', 'version'),
	(32, 'integrations', 'drift'),
	(33, 'integrations', 'draft'),
	(34, 'runs', 'run'),
	(35, 'runs', 'delivery'),
	(36, 'runs', 'source'),
	(37, 'runs', 'day'),
	(38, 'runs', 'lastword'),
	(39, 'runs', 'picture'),
	(40, 'runs', 'upload'),
	(41, 'runs', 'uploadrow'),
	(42, 'runs', 'spent'),
	(43, 'runs', 'batch'),
	(44, 'review', 'review'),
	(45, 'review', 'asking'),
	(46, 'review', 'unattended'),
	(47, 'review', 'certificate'),
	(48, 'review', 'turn'),
	(49, 'review', 'opened'),
	(50, 'review', 'planted'),
	(51, 'review', 'warm'),
	(52, 'proving', 'case'),
	(53, 'proving', 'proof'),
	(54, 'proving', 'replay'),
	(55, 'versions', 'changelog'),
	(56, 'versions', 'looked'),
	(57, 'versions', 'announcement'),
	(58, 'versions', 'drill'),
	(59, 'versions', 'quarterlyreview'),
	(60, 'versions', 'subscription'),
	(61, 'hooks', 'happening'),
	(62, 'hooks', 'hook'),
	(63, 'hooks', 'message'),
	(64, 'hooks', 'attempt'),
	(65, 'hooks', 'proposal'),
	(66, 'monitoring', 'channel'),
	(67, 'monitoring', 'notice'),
	(68, 'monitoring', 'telling'),
	(69, 'monitoring', 'rhythm'),
	(70, 'monitoring', 'hour'),
	(71, 'monitoring', 'weeklyletter'),
	(72, 'engine', 'backup'),
	(73, 'engine', 'beat'),
	(74, 'engine', 'restored');


INSERT INTO public.django_migrations VALUES
	(1, 'accounts', '0001_initial', now()),
	(2, 'accounts', '0002_people_sessions_invitations', now()),
	(3, 'accounts', '0003_second_step', now()),
	(4, 'accounts', '0004_tokens_end_and_the_trail_is_sealed', now()),
	(5, 'accounts', '0005_away', now()),
	(6, 'contenttypes', '0001_initial', now()),
	(7, 'contenttypes', '0002_remove_content_type_name', now()),
	(8, 'auth', '0001_initial', now()),
	(9, 'auth', '0002_alter_permission_name_max_length', now()),
	(10, 'auth', '0003_alter_user_email_max_length', now()),
	(11, 'auth', '0004_alter_user_username_opts', now()),
	(12, 'auth', '0005_alter_user_last_login_null', now()),
	(13, 'auth', '0006_require_contenttypes_0002', now()),
	(14, 'auth', '0007_alter_validators_add_error_messages', now()),
	(15, 'auth', '0008_alter_user_username_max_length', now()),
	(16, 'auth', '0009_alter_user_last_name_max_length', now()),
	(17, 'auth', '0010_alter_group_name_max_length', now()),
	(18, 'auth', '0011_update_proxy_permissions', now()),
	(19, 'auth', '0012_alter_user_first_name_max_length', now()),
	(20, 'connections', '0001_initial', now()),
	(21, 'connections', '0002_settings', now()),
	(22, 'connections', '0003_sealed_columns', now()),
	(23, 'connections', '0004_life_of_a_key', now()),
	(24, 'connections', '0005_foretold', now()),
	(25, 'connections', '0006_described_apps', now()),
	(26, 'connections', '0007_chosen', now()),
	(27, 'procrastinate', '0001_initial', now()),
	(28, 'procrastinate', '0002_drop_started_at_column', now()),
	(29, 'procrastinate', '0003_drop_started_at_column', now()),
	(30, 'procrastinate', '0004_drop_procrastinate_version_table', now()),
	(31, 'procrastinate', '0005_fix_procrastinate_fetch_job', now()),
	(32, 'procrastinate', '0006_fix_trigger_status_events_insert', now()),
	(33, 'procrastinate', '0007_add_queueing_lock_column', now()),
	(34, 'procrastinate', '0008_close_fetch_job_race_condition', now()),
	(35, 'procrastinate', '0009_add_defer_job_function', now()),
	(36, 'procrastinate', '0010_add_procrastinate_periodic_defers', now()),
	(37, 'procrastinate', '0011_add_foreign_key_index', now()),
	(38, 'procrastinate', '0012_add_locks_to_periodic_defer', now()),
	(39, 'procrastinate', '0013_fix_procrastinate_defer_periodic_job', now()),
	(40, 'procrastinate', '0014_add_finish_job_and_retry_job_functions', now()),
	(41, 'procrastinate', '0015_add_trigger_on_job_deletion', now()),
	(42, 'procrastinate', '0016_delete_finished_jobs', now()),
	(43, 'procrastinate', '0017_add_checks_to_finish_job', now()),
	(44, 'procrastinate', '0018_add_checks_to_retry_job', now()),
	(45, 'procrastinate', '0019_fix_finish_job_compat_issue', now()),
	(46, 'procrastinate', '0020_add_index_on_procrastinate_jobs', now()),
	(47, 'procrastinate', '0021_add_kwargs_to_defer_periodic_job', now()),
	(48, 'procrastinate', '0022_null_locks_excluded', now()),
	(49, 'procrastinate', '0023_remove_old_finish_job_function', now()),
	(50, 'procrastinate', '0024_job_id_bigint', now()),
	(51, 'procrastinate', '0025_add_models', now()),
	(52, 'procrastinate', '0026_add_job_priority', now()),
	(53, 'procrastinate', '0027_add_periodic_job_priority', now()),
	(54, 'procrastinate', '0028_add_cancel_states', now()),
	(55, 'procrastinate', '0029_add_additional_params_to_retry_job', now()),
	(56, 'procrastinate', '0030_alter_procrastinateevent_options', now()),
	(57, 'procrastinate', '0031_add_indexes_for_fetch_job', now()),
	(58, 'procrastinate', '0032_pre_cancel_notification', now()),
	(59, 'procrastinate', '0033_post_cancel_notification', now()),
	(60, 'procrastinate', '0034_pre_add_heartbeat', now()),
	(61, 'procrastinate', '0035_post_add_heartbeat', now()),
	(62, 'procrastinate', '0036_add_worker_model', now()),
	(63, 'procrastinate', '0037_pre_batch_defer_jobs', now()),
	(64, 'procrastinate', '0038_post_batch_defer_jobs', now()),
	(65, 'procrastinate', '0039_pre_priority_lock_fetch_job', now()),
	(66, 'procrastinate', '0040_pre_retry_failed_job', now()),
	(67, 'procrastinate', '0041_post_retry_failed_job', now()),
	(68, 'engine', '0001_due_jobs', now()),
	(69, 'engine', '0002_backups_and_beats', now()),
	(70, 'integrations', '0001_initial', now()),
	(71, 'runs', '0001_initial', now()),
	(72, 'runs', '0002_told_by_the_app', now()),
	(73, 'runs', '0003_spend_per_record', now()),
	(74, 'runs', '0004_pictures', now()),
	(75, 'runs', '0005_alarms', now()),
	(76, 'integrations', '0002_sealed_columns', now()),
	(77, 'runs', '0006_uploads', now()),
	(78, 'runs', '0007_examples_and_spending', now()),
	(79, 'integrations', '0003_drift', now()),
	(80, 'runs', '0008_batches', now()),
	(81, 'runs', '0009_hold_after_restore', now()),
	(82, 'runs', '0010_spent_on_what_is_being_built', now()),
	(83, 'runs', '0011_given_draft', now()),
	(84, 'integrations', '0004_draft', now()),
	(85, 'runs', '0012_planted', now()),
	(86, 'runs', '0013_drafted_again', now()),
	(87, 'runs', '0014_left_and_planted_again', now()),
	(88, 'hooks', '0001_initial', now()),
	(89, 'hooks', '0002_happenings', now()),
	(90, 'hooks', '0003_left', now()),
	(91, 'integrations', '0005_drift_most', now()),
	(92, 'monitoring', '0001_initial', now()),
	(93, 'monitoring', '0002_silence', now()),
	(94, 'monitoring', '0003_weekly_letter', now()),
	(95, 'monitoring', '0004_stated', now()),
	(96, 'pacing', '0001_initial', now()),
	(97, 'prompts', '0001_initial', now()),
	(98, 'prompts', '0002_dated_facts_and_versions', now()),
	(99, 'prompts', '0003_text_with_dates_only', now()),
	(100, 'proving', '0001_initial', now()),
	(101, 'proving', '0002_cases_of_a_drill', now()),
	(102, 'review', '0001_initial', now()),
	(103, 'review', '0002_initial', now()),
	(104, 'review', '0003_asking', now()),
	(105, 'review', '0004_certificates', now()),
	(106, 'review', '0005_inbox', now()),
	(107, 'review', '0006_planted', now()),
	(108, 'runs', '0015_source_problem_since', now()),
	(109, 'versions', '0001_initial', now());


SELECT pg_catalog.setval('public.accounts_apitoken_id_seq', 1, false);


SELECT pg_catalog.setval('public.accounts_auditentry_id_seq', 1, false);


SELECT pg_catalog.setval('public.accounts_auditseal_id_seq', 1, false);


SELECT pg_catalog.setval('public.accounts_away_id_seq', 1, false);


SELECT pg_catalog.setval('public.accounts_failedsignin_id_seq', 1, false);


SELECT pg_catalog.setval('public.accounts_invitation_id_seq', 1, false);


SELECT pg_catalog.setval('public.accounts_onetimecodes_id_seq', 1, false);


SELECT pg_catalog.setval('public.accounts_passkey_id_seq', 1, false);


SELECT pg_catalog.setval('public.accounts_person_id_seq', 1, false);


SELECT pg_catalog.setval('public.accounts_recoverycode_id_seq', 1, false);


SELECT pg_catalog.setval('public.accounts_rules_id_seq', 1, false);


SELECT pg_catalog.setval('public.accounts_session_id_seq', 1, false);


SELECT pg_catalog.setval('public.accounts_signinlink_id_seq', 1, false);


SELECT pg_catalog.setval('public.auth_group_id_seq', 1, false);


SELECT pg_catalog.setval('public.auth_group_permissions_id_seq', 1, false);


SELECT pg_catalog.setval('public.auth_permission_id_seq', 296, true);


SELECT pg_catalog.setval('public.connections_connection_id_seq', 1, false);


SELECT pg_catalog.setval('public.connections_describedapp_id_seq', 1, false);


SELECT pg_catalog.setval('public.connections_foretold_id_seq', 1, false);


SELECT pg_catalog.setval('public.django_content_type_id_seq', 74, true);


SELECT pg_catalog.setval('public.django_migrations_id_seq', 109, true);


SELECT pg_catalog.setval('public.engine_backup_id_seq', 1, false);


SELECT pg_catalog.setval('public.engine_beat_id_seq', 1, false);


SELECT pg_catalog.setval('public.engine_restored_id_seq', 1, false);


SELECT pg_catalog.setval('public.hooks_attempt_id_seq', 1, false);


SELECT pg_catalog.setval('public.hooks_happening_id_seq', 1, false);


SELECT pg_catalog.setval('public.hooks_hook_id_seq', 1, false);


SELECT pg_catalog.setval('public.hooks_message_id_seq', 1, false);


SELECT pg_catalog.setval('public.hooks_proposal_id_seq', 1, false);


SELECT pg_catalog.setval('public.integrations_draft_id_seq', 1, false);


SELECT pg_catalog.setval('public.integrations_drift_id_seq', 1, false);


SELECT pg_catalog.setval('public.integrations_integration_id_seq', 1, false);


SELECT pg_catalog.setval('public.integrations_version_id_seq', 1, false);


SELECT pg_catalog.setval('public.monitoring_channel_id_seq', 1, false);


SELECT pg_catalog.setval('public.monitoring_hour_id_seq', 1, false);


SELECT pg_catalog.setval('public.monitoring_notice_id_seq', 1, false);


SELECT pg_catalog.setval('public.monitoring_rhythm_id_seq', 1, false);


SELECT pg_catalog.setval('public.monitoring_telling_id_seq', 1, false);


SELECT pg_catalog.setval('public.monitoring_weeklyletter_id_seq', 1, false);


SELECT pg_catalog.setval('public.pacing_lane_id_seq', 1, false);


SELECT pg_catalog.setval('public.procrastinate_events_id_seq', 1, false);


SELECT pg_catalog.setval('public.procrastinate_jobs_id_seq', 1, false);


SELECT pg_catalog.setval('public.procrastinate_periodic_defers_id_seq', 1, false);


SELECT pg_catalog.setval('public.procrastinate_workers_id_seq', 1, false);


SELECT pg_catalog.setval('public.prompts_fact_id_seq', 1, false);


SELECT pg_catalog.setval('public.prompts_factversion_id_seq', 1, false);


SELECT pg_catalog.setval('public.proving_case_id_seq', 1, false);


SELECT pg_catalog.setval('public.proving_proof_id_seq', 1, false);


SELECT pg_catalog.setval('public.proving_replay_id_seq', 1, false);


SELECT pg_catalog.setval('public.review_asking_id_seq', 1, false);


SELECT pg_catalog.setval('public.review_certificate_id_seq', 1, false);


SELECT pg_catalog.setval('public.review_opened_id_seq', 1, false);


SELECT pg_catalog.setval('public.review_planted_id_seq', 1, false);


SELECT pg_catalog.setval('public.review_review_id_seq', 1, false);


SELECT pg_catalog.setval('public.review_turn_id_seq', 1, false);


SELECT pg_catalog.setval('public.review_unattended_id_seq', 1, false);


SELECT pg_catalog.setval('public.review_warm_id_seq', 1, false);


SELECT pg_catalog.setval('public.runs_batch_id_seq', 1, false);


SELECT pg_catalog.setval('public.runs_day_id_seq', 1, false);


SELECT pg_catalog.setval('public.runs_delivery_id_seq', 1, false);


SELECT pg_catalog.setval('public.runs_lastword_id_seq', 1, false);


SELECT pg_catalog.setval('public.runs_picture_id_seq', 1, false);


SELECT pg_catalog.setval('public.runs_run_id_seq', 1, false);


SELECT pg_catalog.setval('public.runs_source_id_seq', 1, false);


SELECT pg_catalog.setval('public.runs_spent_id_seq', 1, false);


SELECT pg_catalog.setval('public.runs_upload_id_seq', 1, false);


SELECT pg_catalog.setval('public.runs_uploadrow_id_seq', 1, false);


SELECT pg_catalog.setval('public.versions_announcement_id_seq', 1, false);


SELECT pg_catalog.setval('public.versions_drill_id_seq', 1, false);


SELECT pg_catalog.setval('public.versions_quarterlyreview_id_seq', 1, false);


SELECT pg_catalog.setval('public.versions_subscription_id_seq', 1, false);


ALTER TABLE ONLY public.accounts_apitoken
    ADD CONSTRAINT accounts_apitoken_hash_key UNIQUE (hash);


ALTER TABLE ONLY public.accounts_apitoken
    ADD CONSTRAINT accounts_apitoken_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.accounts_auditentry
    ADD CONSTRAINT accounts_auditentry_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.accounts_auditseal
    ADD CONSTRAINT accounts_auditseal_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.accounts_away
    ADD CONSTRAINT accounts_away_person_id_key UNIQUE (person_id);


ALTER TABLE ONLY public.accounts_away
    ADD CONSTRAINT accounts_away_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.accounts_failedsignin
    ADD CONSTRAINT accounts_failedsignin_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_hash_key UNIQUE (hash);


ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.accounts_onetimecodes
    ADD CONSTRAINT accounts_onetimecodes_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.accounts_passkey
    ADD CONSTRAINT accounts_passkey_credential_id_key UNIQUE (credential_id);


ALTER TABLE ONLY public.accounts_passkey
    ADD CONSTRAINT accounts_passkey_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.accounts_person
    ADD CONSTRAINT accounts_person_email_key UNIQUE (email);


ALTER TABLE ONLY public.accounts_person
    ADD CONSTRAINT accounts_person_handle_key UNIQUE (handle);


ALTER TABLE ONLY public.accounts_person
    ADD CONSTRAINT accounts_person_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.accounts_recoverycode
    ADD CONSTRAINT accounts_recoverycode_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.accounts_rules
    ADD CONSTRAINT accounts_rules_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.accounts_session
    ADD CONSTRAINT accounts_session_hash_key UNIQUE (hash);


ALTER TABLE ONLY public.accounts_session
    ADD CONSTRAINT accounts_session_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.accounts_signinlink
    ADD CONSTRAINT accounts_signinlink_hash_key UNIQUE (hash);


ALTER TABLE ONLY public.accounts_signinlink
    ADD CONSTRAINT accounts_signinlink_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_name_key UNIQUE (name);


ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_permission_id_0cd325b0_uniq UNIQUE (group_id, permission_id);


ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_codename_01ab375a_uniq UNIQUE (content_type_id, codename);


ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.connections_connection
    ADD CONSTRAINT connections_connection_name_key UNIQUE (name);


ALTER TABLE ONLY public.connections_connection
    ADD CONSTRAINT connections_connection_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.connections_describedapp
    ADD CONSTRAINT connections_describedapp_key_key UNIQUE (key);


ALTER TABLE ONLY public.connections_describedapp
    ADD CONSTRAINT connections_describedapp_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.connections_foretold
    ADD CONSTRAINT connections_foretold_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.connections_watch
    ADD CONSTRAINT connections_watch_pkey PRIMARY KEY (connection_id);


ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model);


ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.engine_backup
    ADD CONSTRAINT engine_backup_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.engine_beat
    ADD CONSTRAINT engine_beat_name_key UNIQUE (name);


ALTER TABLE ONLY public.engine_beat
    ADD CONSTRAINT engine_beat_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.engine_restored
    ADD CONSTRAINT engine_restored_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.connections_foretold
    ADD CONSTRAINT foretold_once_each UNIQUE (connection_id, source, what);


ALTER TABLE ONLY public.hooks_attempt
    ADD CONSTRAINT hooks_attempt_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.hooks_happening
    ADD CONSTRAINT hooks_happening_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.hooks_hook
    ADD CONSTRAINT hooks_hook_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.hooks_message
    ADD CONSTRAINT hooks_message_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.hooks_message
    ADD CONSTRAINT hooks_message_webhook_id_key UNIQUE (webhook_id);


ALTER TABLE ONLY public.hooks_proposal
    ADD CONSTRAINT hooks_proposal_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.hooks_proposal
    ADD CONSTRAINT hooks_proposal_run_id_key UNIQUE (run_id);


ALTER TABLE ONLY public.integrations_draft
    ADD CONSTRAINT integrations_draft_integration_id_key UNIQUE (integration_id);


ALTER TABLE ONLY public.integrations_draft
    ADD CONSTRAINT integrations_draft_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.integrations_drift
    ADD CONSTRAINT integrations_drift_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.integrations_integration
    ADD CONSTRAINT integrations_integration_key_key UNIQUE (key);


ALTER TABLE ONLY public.integrations_integration
    ADD CONSTRAINT integrations_integration_name_key UNIQUE (name);


ALTER TABLE ONLY public.integrations_integration
    ADD CONSTRAINT integrations_integration_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.integrations_version
    ADD CONSTRAINT integrations_version_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.monitoring_channel
    ADD CONSTRAINT monitoring_channel_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.monitoring_hour
    ADD CONSTRAINT monitoring_hour_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.monitoring_notice
    ADD CONSTRAINT monitoring_notice_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.monitoring_rhythm
    ADD CONSTRAINT monitoring_rhythm_integration_id_key UNIQUE (integration_id);


ALTER TABLE ONLY public.monitoring_rhythm
    ADD CONSTRAINT monitoring_rhythm_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.monitoring_telling
    ADD CONSTRAINT monitoring_telling_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.monitoring_weeklyletter
    ADD CONSTRAINT monitoring_weeklyletter_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.versions_announcement
    ADD CONSTRAINT one_announcement_each UNIQUE (app, key);


ALTER TABLE ONLY public.proving_case
    ADD CONSTRAINT one_case_for_one_run UNIQUE (integration_id, run_id);


ALTER TABLE ONLY public.monitoring_hour
    ADD CONSTRAINT one_count_an_hour UNIQUE (integration_id, at);


ALTER TABLE ONLY public.runs_day
    ADD CONSTRAINT one_day_each UNIQUE (integration_id, on_day);


ALTER TABLE ONLY public.runs_delivery
    ADD CONSTRAINT one_delivery_each UNIQUE (run_id, "position");


ALTER TABLE ONLY public.integrations_drift
    ADD CONSTRAINT one_drift_a_field UNIQUE (integration_id, reference);


ALTER TABLE ONLY public.prompts_factversion
    ADD CONSTRAINT one_fact_number_each UNIQUE (fact_id, number);


ALTER TABLE ONLY public.review_opened
    ADD CONSTRAINT one_first_look_each UNIQUE (review_id, person_id, content_hash);


ALTER TABLE ONLY public.pacing_lane
    ADD CONSTRAINT one_lane_each UNIQUE (connection_id, name);


ALTER TABLE ONLY public.runs_lastword
    ADD CONSTRAINT one_last_word_each UNIQUE (connection_id, whom);


ALTER TABLE ONLY public.integrations_version
    ADD CONSTRAINT one_number_each UNIQUE (integration_id, number);


ALTER TABLE ONLY public.runs_picture
    ADD CONSTRAINT one_picture_for_each_field UNIQUE (run_id, name);


ALTER TABLE ONLY public.accounts_recoverycode
    ADD CONSTRAINT one_recovery_code_a_lookup UNIQUE (person_id, lookup);


ALTER TABLE ONLY public.proving_replay
    ADD CONSTRAINT one_replay_each UNIQUE (proof_id, case_id, candidate);


ALTER TABLE ONLY public.versions_quarterlyreview
    ADD CONSTRAINT one_review_a_quarter UNIQUE (quarter);


ALTER TABLE ONLY public.runs_uploadrow
    ADD CONSTRAINT one_row_each UNIQUE (upload_id, number);


ALTER TABLE ONLY public.runs_run
    ADD CONSTRAINT one_run_for_one_event UNIQUE (integration_id, dedupe_key);


ALTER TABLE ONLY public.runs_spent
    ADD CONSTRAINT one_sum_each UNIQUE (on_day, integration_id, was_for, model, part);


ALTER TABLE ONLY public.monitoring_weeklyletter
    ADD CONSTRAINT one_weekly_letter_each UNIQUE (person_id, week_on);


ALTER TABLE ONLY public.pacing_lane
    ADD CONSTRAINT pacing_lane_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.pacing_pace
    ADD CONSTRAINT pacing_pace_pkey PRIMARY KEY (connection_id);


ALTER TABLE ONLY public.procrastinate_events
    ADD CONSTRAINT procrastinate_events_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_unique UNIQUE (task_name, periodic_id, defer_timestamp);


ALTER TABLE ONLY public.procrastinate_workers
    ADD CONSTRAINT procrastinate_workers_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.prompts_fact
    ADD CONSTRAINT prompts_fact_name_key UNIQUE (name);


ALTER TABLE ONLY public.prompts_fact
    ADD CONSTRAINT prompts_fact_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.prompts_factversion
    ADD CONSTRAINT prompts_factversion_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.prompts_promptversion
    ADD CONSTRAINT prompts_promptversion_pkey PRIMARY KEY (hash);


ALTER TABLE ONLY public.proving_case
    ADD CONSTRAINT proving_case_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.proving_proof
    ADD CONSTRAINT proving_proof_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.proving_replay
    ADD CONSTRAINT proving_replay_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.review_asking
    ADD CONSTRAINT review_asking_marker_key UNIQUE (marker);


ALTER TABLE ONLY public.review_asking
    ADD CONSTRAINT review_asking_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.review_certificate
    ADD CONSTRAINT review_certificate_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.review_opened
    ADD CONSTRAINT review_opened_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.review_planted
    ADD CONSTRAINT review_planted_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.review_planted
    ADD CONSTRAINT review_planted_run_id_key UNIQUE (run_id);


ALTER TABLE ONLY public.review_review
    ADD CONSTRAINT review_review_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.review_review
    ADD CONSTRAINT review_review_run_id_key UNIQUE (run_id);


ALTER TABLE ONLY public.review_turn
    ADD CONSTRAINT review_turn_integration_id_key UNIQUE (integration_id);


ALTER TABLE ONLY public.review_turn
    ADD CONSTRAINT review_turn_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.review_unattended
    ADD CONSTRAINT review_unattended_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.review_unattended
    ADD CONSTRAINT review_unattended_run_id_key UNIQUE (run_id);


ALTER TABLE ONLY public.review_warm
    ADD CONSTRAINT review_warm_fingerprint_key UNIQUE (fingerprint);


ALTER TABLE ONLY public.review_warm
    ADD CONSTRAINT review_warm_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.runs_batch
    ADD CONSTRAINT runs_batch_marker_key UNIQUE (marker);


ALTER TABLE ONLY public.runs_batch
    ADD CONSTRAINT runs_batch_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.runs_day
    ADD CONSTRAINT runs_day_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.runs_delivery
    ADD CONSTRAINT runs_delivery_marker_key UNIQUE (marker);


ALTER TABLE ONLY public.runs_delivery
    ADD CONSTRAINT runs_delivery_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.runs_lastword
    ADD CONSTRAINT runs_lastword_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.runs_picture
    ADD CONSTRAINT runs_picture_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.runs_run
    ADD CONSTRAINT runs_run_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.runs_source
    ADD CONSTRAINT runs_source_integration_id_key UNIQUE (integration_id);


ALTER TABLE ONLY public.runs_source
    ADD CONSTRAINT runs_source_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.runs_spent
    ADD CONSTRAINT runs_spent_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.runs_upload
    ADD CONSTRAINT runs_upload_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.runs_uploadrow
    ADD CONSTRAINT runs_uploadrow_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.monitoring_telling
    ADD CONSTRAINT told_once_a_round UNIQUE (notice_id, person_id, round);


ALTER TABLE ONLY public.versions_announcement
    ADD CONSTRAINT versions_announcement_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.versions_changelog
    ADD CONSTRAINT versions_changelog_pkey PRIMARY KEY (app);


ALTER TABLE ONLY public.versions_drill
    ADD CONSTRAINT versions_drill_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.versions_looked
    ADD CONSTRAINT versions_looked_pkey PRIMARY KEY (connection_id);


ALTER TABLE ONLY public.versions_quarterlyreview
    ADD CONSTRAINT versions_quarterlyreview_pkey PRIMARY KEY (id);


ALTER TABLE ONLY public.versions_subscription
    ADD CONSTRAINT versions_subscription_hash_key UNIQUE (hash);


ALTER TABLE ONLY public.versions_subscription
    ADD CONSTRAINT versions_subscription_pkey PRIMARY KEY (id);


CREATE INDEX accounts_apitoken_hash_5754658e_like ON public.accounts_apitoken USING btree (hash varchar_pattern_ops);


CREATE INDEX accounts_apitoken_person_id_3956e466 ON public.accounts_apitoken USING btree (person_id);


CREATE INDEX accounts_away_cover_id_cb229cec ON public.accounts_away USING btree (cover_id);


CREATE INDEX accounts_failedsignin_at_87a4b178 ON public.accounts_failedsignin USING btree (at);


CREATE INDEX accounts_failedsignin_email_1f741ccd ON public.accounts_failedsignin USING btree (email);


CREATE INDEX accounts_failedsignin_email_1f741ccd_like ON public.accounts_failedsignin USING btree (email varchar_pattern_ops);


CREATE INDEX accounts_failedsignin_source_872bbfee ON public.accounts_failedsignin USING btree (source);


CREATE INDEX accounts_failedsignin_source_872bbfee_like ON public.accounts_failedsignin USING btree (source varchar_pattern_ops);


CREATE INDEX accounts_invitation_by_id_b953f771 ON public.accounts_invitation USING btree (by_id);


CREATE INDEX accounts_invitation_hash_ea2d5d2b_like ON public.accounts_invitation USING btree (hash varchar_pattern_ops);


CREATE INDEX accounts_onetimecodes_person_id_80564133 ON public.accounts_onetimecodes USING btree (person_id);


CREATE INDEX accounts_passkey_credential_id_2a629197_like ON public.accounts_passkey USING btree (credential_id varchar_pattern_ops);


CREATE INDEX accounts_passkey_person_id_8cbb3b79 ON public.accounts_passkey USING btree (person_id);


CREATE INDEX accounts_person_email_7de6b04f_like ON public.accounts_person USING btree (email varchar_pattern_ops);


CREATE INDEX accounts_recoverycode_person_id_44bff6de ON public.accounts_recoverycode USING btree (person_id);


CREATE INDEX accounts_session_ends_at_e8c72585 ON public.accounts_session USING btree (ends_at);


CREATE INDEX accounts_session_hash_8c26bb74_like ON public.accounts_session USING btree (hash varchar_pattern_ops);


CREATE INDEX accounts_session_person_id_6b01fe29 ON public.accounts_session USING btree (person_id);


CREATE INDEX accounts_signinlink_hash_565b8e3f_like ON public.accounts_signinlink USING btree (hash varchar_pattern_ops);


CREATE INDEX accounts_signinlink_person_id_dee18432 ON public.accounts_signinlink USING btree (person_id);


CREATE INDEX askings_by_place ON public.review_asking USING btree (place, id DESC);


CREATE INDEX auth_group_name_a6ea08ec_like ON public.auth_group USING btree (name varchar_pattern_ops);


CREATE INDEX auth_group_permissions_group_id_b120cbf9 ON public.auth_group_permissions USING btree (group_id);


CREATE INDEX auth_group_permissions_permission_id_84c5c92e ON public.auth_group_permissions USING btree (permission_id);


CREATE INDEX auth_permission_content_type_id_2f476e4b ON public.auth_permission USING btree (content_type_id);


CREATE INDEX batches_by_state ON public.runs_batch USING btree (state, made_at);


CREATE INDEX certificates_by_fingerprint ON public.review_certificate USING btree (fingerprint);


CREATE INDEX connections_connection_name_66c9381d_like ON public.connections_connection USING btree (name varchar_pattern_ops);


CREATE INDEX connections_describedapp_key_30b394e5_like ON public.connections_describedapp USING btree (key varchar_pattern_ops);


CREATE INDEX connections_foretold_connection_id_71929c90 ON public.connections_foretold USING btree (connection_id);


CREATE INDEX engine_beat_name_c6ff4157_like ON public.engine_beat USING btree (name varchar_pattern_ops);


CREATE INDEX engine_jobs_due ON public.procrastinate_jobs USING btree (priority, scheduled_at) WHERE ((status = 'todo'::public.procrastinate_job_status) AND (scheduled_at IS NOT NULL));


CREATE INDEX engine_jobs_now ON public.procrastinate_jobs USING btree (priority, id) WHERE ((status = 'todo'::public.procrastinate_job_status) AND (scheduled_at IS NULL));


CREATE INDEX hooks_attempt_message_id_796f41cb ON public.hooks_attempt USING btree (message_id);


CREATE INDEX hooks_happening_run_id_6ab5c62e ON public.hooks_happening USING btree (run_id);


CREATE INDEX hooks_hook_integration_id_b6847616 ON public.hooks_hook USING btree (integration_id);


CREATE INDEX hooks_hook_person_id_e3e31608 ON public.hooks_hook USING btree (person_id);


CREATE INDEX hooks_hook_run_id_7d9e7f4a ON public.hooks_hook USING btree (run_id);


CREATE INDEX hooks_hook_token_id_266d7e77 ON public.hooks_hook USING btree (token_id);


CREATE INDEX hooks_message_hook_id_f8d692ae ON public.hooks_message USING btree (hook_id);


CREATE INDEX hooks_message_run_id_d2769928 ON public.hooks_message USING btree (run_id);


CREATE INDEX hooks_message_webhook_id_4213e7de_like ON public.hooks_message USING btree (webhook_id varchar_pattern_ops);


CREATE INDEX hooks_on ON public.hooks_hook USING btree (integration_id) WHERE ((run_id IS NULL) AND ((state)::text = 'on'::text));


CREATE INDEX hooks_proposal_person_id_a6a243a2 ON public.hooks_proposal USING btree (person_id);


CREATE INDEX idx_procrastinate_jobs_worker_not_null ON public.procrastinate_jobs USING btree (worker_id) WHERE ((worker_id IS NOT NULL) AND (status = 'doing'::public.procrastinate_job_status));


CREATE INDEX idx_procrastinate_workers_last_heartbeat ON public.procrastinate_workers USING btree (last_heartbeat);


CREATE INDEX integrations_draft_base_id_d73b9d10 ON public.integrations_draft USING btree (base_id);


CREATE INDEX integrations_draft_changed_by_id_df627bf2 ON public.integrations_draft USING btree (changed_by_id);


CREATE INDEX integrations_draft_made_by_id_52384326 ON public.integrations_draft USING btree (made_by_id);


CREATE INDEX integrations_drift_integration_id_bc71d29b ON public.integrations_drift USING btree (integration_id);


CREATE INDEX integrations_integration_current_id_286ee72d ON public.integrations_integration USING btree (current_id);


CREATE INDEX integrations_integration_key_19165c9e_like ON public.integrations_integration USING btree (key varchar_pattern_ops);


CREATE INDEX integrations_integration_name_a3343291_like ON public.integrations_integration USING btree (name varchar_pattern_ops);


CREATE INDEX integrations_version_integration_id_9b5ddfd6 ON public.integrations_version USING btree (integration_id);


CREATE INDEX integrations_version_made_by_id_08e717d5 ON public.integrations_version USING btree (made_by_id);


CREATE INDEX messages_by_end ON public.hooks_message USING btree (finished_at);


CREATE INDEX messages_to_send ON public.hooks_message USING btree (next_at) WHERE ((state)::text = ANY ((ARRAY['waiting'::character varying, 'sending'::character varying])::text[]));


CREATE INDEX monitoring_channel_person_id_9ab27ba6 ON public.monitoring_channel USING btree (person_id);


CREATE INDEX monitoring_hour_integration_id_16a1802f ON public.monitoring_hour USING btree (integration_id);


CREATE INDEX monitoring_notice_acknowledged_by_id_2541c433 ON public.monitoring_notice USING btree (acknowledged_by_id);


CREATE INDEX monitoring_notice_snoozed_by_id_4ce76207 ON public.monitoring_notice USING btree (snoozed_by_id);


CREATE INDEX monitoring_telling_channel_id_295e6469 ON public.monitoring_telling USING btree (channel_id);


CREATE INDEX monitoring_telling_notice_id_1286df7f ON public.monitoring_telling USING btree (notice_id);


CREATE INDEX monitoring_telling_person_id_6cd895b4 ON public.monitoring_telling USING btree (person_id);


CREATE INDEX monitoring_weeklyletter_person_id_2b4a541b ON public.monitoring_weeklyletter USING btree (person_id);


CREATE INDEX notices_by_end ON public.monitoring_notice USING btree (closed_at);


CREATE UNIQUE INDEX one_active_certificate_each ON public.review_certificate USING btree (integration_id) WHERE ((state)::text = 'active'::text);


CREATE UNIQUE INDEX one_open_asking_each ON public.review_asking USING btree (place) WHERE ((state)::text = ANY ((ARRAY['intent'::character varying, 'transmitting'::character varying])::text[]));


CREATE UNIQUE INDEX one_open_invitation_an_address ON public.accounts_invitation USING btree (email) WHERE ((used_at IS NULL) AND (withdrawn_at IS NULL));


CREATE UNIQUE INDEX one_open_notice_a_cause ON public.monitoring_notice USING btree (key) WHERE (closed_at IS NULL);


CREATE UNIQUE INDEX one_open_subscription_each ON public.versions_subscription USING btree (person_id) WHERE (ended_at IS NULL);


CREATE UNIQUE INDEX one_own_channel_each ON public.monitoring_channel USING btree (person_id) WHERE ((kind)::text = 'own'::text);


CREATE UNIQUE INDEX one_sum_without_integration ON public.runs_spent USING btree (on_day, was_for, model, part) WHERE (integration_id IS NULL);


CREATE INDEX pacing_lane_connection_id_cbd5c545 ON public.pacing_lane USING btree (connection_id);


CREATE INDEX planted_by_integration ON public.review_planted USING btree (integration_id, decided_at);


CREATE INDEX planted_that_are_due ON public.review_planted USING btree (due_at) WHERE (run_id IS NULL);


CREATE INDEX procrastinate_events_job_id_fkey_v1 ON public.procrastinate_events USING btree (job_id);


CREATE INDEX procrastinate_jobs_id_lock_idx_v1 ON public.procrastinate_jobs USING btree (id, lock) WHERE (status = ANY (ARRAY['todo'::public.procrastinate_job_status, 'doing'::public.procrastinate_job_status]));


CREATE UNIQUE INDEX procrastinate_jobs_lock_idx_v1 ON public.procrastinate_jobs USING btree (lock) WHERE (status = 'doing'::public.procrastinate_job_status);


CREATE INDEX procrastinate_jobs_priority_idx_v1 ON public.procrastinate_jobs USING btree (priority DESC, id) WHERE (status = 'todo'::public.procrastinate_job_status);


CREATE INDEX procrastinate_jobs_queue_name_idx_v1 ON public.procrastinate_jobs USING btree (queue_name);


CREATE UNIQUE INDEX procrastinate_jobs_queueing_lock_idx_v1 ON public.procrastinate_jobs USING btree (queueing_lock) WHERE (status = 'todo'::public.procrastinate_job_status);


CREATE INDEX procrastinate_periodic_defers_job_id_fkey_v1 ON public.procrastinate_periodic_defers USING btree (job_id);


CREATE INDEX prompts_fact_name_859d8f43_like ON public.prompts_fact USING btree (name varchar_pattern_ops);


CREATE INDEX prompts_factversion_fact_id_88c0353f ON public.prompts_factversion USING btree (fact_id);


CREATE INDEX prompts_factversion_made_by_id_27083af9 ON public.prompts_factversion USING btree (made_by_id);


CREATE INDEX prompts_promptversion_hash_d81c9ea2_like ON public.prompts_promptversion USING btree (hash varchar_pattern_ops);


CREATE INDEX proving_case_integration_id_8ee5981a ON public.proving_case USING btree (integration_id);


CREATE INDEX proving_case_made_by_id_9fade02b ON public.proving_case USING btree (made_by_id);


CREATE INDEX proving_case_run_id_c6e3026a ON public.proving_case USING btree (run_id);


CREATE INDEX proving_proof_integration_id_d01235c2 ON public.proving_proof USING btree (integration_id);


CREATE INDEX proving_proof_made_by_id_77aed184 ON public.proving_proof USING btree (made_by_id);


CREATE INDEX proving_replay_case_id_47cf95b2 ON public.proving_replay USING btree (case_id);


CREATE INDEX proving_replay_proof_id_7131e3b3 ON public.proving_replay USING btree (proof_id);


CREATE INDEX proving_replay_version_id_bb2c8c25 ON public.proving_replay USING btree (version_id);


CREATE INDEX review_asking_connection_id_39977f72 ON public.review_asking USING btree (connection_id);


CREATE INDEX review_asking_marker_104125f3_like ON public.review_asking USING btree (marker varchar_pattern_ops);


CREATE INDEX review_certificate_integration_id_1933f193 ON public.review_certificate USING btree (integration_id);


CREATE INDEX review_certificate_signed_by_id_a46b5459 ON public.review_certificate USING btree (signed_by_id);


CREATE INDEX review_opened_person_id_356fed34 ON public.review_opened USING btree (person_id);


CREATE INDEX review_opened_review_id_b15dafc1 ON public.review_opened USING btree (review_id);


CREATE INDEX review_planted_decided_by_id_eb5071bf ON public.review_planted USING btree (decided_by_id);


CREATE INDEX review_planted_integration_id_45e746d2 ON public.review_planted USING btree (integration_id);


CREATE INDEX review_planted_source_id_bea894e9 ON public.review_planted USING btree (source_id);


CREATE INDEX review_review_asked_id_7dc8e8c1 ON public.review_review USING btree (asked_id);


CREATE INDEX review_review_certificate_id_985527b9 ON public.review_review USING btree (certificate_id);


CREATE INDEX review_review_decided_by_id_403444a3 ON public.review_review USING btree (decided_by_id);


CREATE INDEX review_review_overruled_by_id_e7dfd446 ON public.review_review USING btree (overruled_by_id);


CREATE INDEX review_turn_last_id_fe1ac236 ON public.review_turn USING btree (last_id);


CREATE INDEX review_unattended_certificate_id_4413d7c4 ON public.review_unattended USING btree (certificate_id);


CREATE INDEX review_warm_fingerprint_01850e82_like ON public.review_warm USING btree (fingerprint varchar_pattern_ops);


CREATE INDEX review_warm_integration_id_86c1f93a ON public.review_warm USING btree (integration_id);


CREATE INDEX review_warm_version_id_139a06b9 ON public.review_warm USING btree (version_id);


CREATE INDEX reviews_by_fingerprint ON public.review_review USING btree (fingerprint, id);


CREATE INDEX reviews_by_person ON public.review_review USING btree (decided_by_id, decided_at);


CREATE INDEX reviews_by_word ON public.review_review USING gin (words) WHERE ((state)::text = 'waiting'::text);


CREATE INDEX reviews_due ON public.review_review USING btree (due_at) WHERE ((due_at IS NOT NULL) AND ((state)::text = 'waiting'::text));


CREATE INDEX reviews_of_a_person ON public.review_review USING btree (assigned_to_id, id) WHERE ((assigned_to_id IS NOT NULL) AND ((state)::text = 'waiting'::text));


CREATE INDEX reviews_to_ask_for ON public.review_review USING btree (ask) WHERE ((asked_id IS NULL) AND ((state)::text = 'waiting'::text) AND (NOT ((ask)::text = ''::text)));


CREATE INDEX reviews_to_assign ON public.review_review USING btree (id) WHERE (((state)::text = 'waiting'::text) AND (NOT ((assign)::text = ''::text)));


CREATE INDEX reviews_waiting ON public.review_review USING btree (id) WHERE ((state)::text = 'waiting'::text);


CREATE INDEX runs_batch_connection_id_667476b2 ON public.runs_batch USING btree (connection_id);


CREATE INDEX runs_batch_marker_8ea630b1_like ON public.runs_batch USING btree (marker varchar_pattern_ops);


CREATE INDEX runs_by_integration ON public.runs_run USING btree (integration_id, id DESC);


CREATE INDEX runs_by_state ON public.runs_run USING btree (state, id DESC);


CREATE INDEX runs_day_integration_id_edac9790 ON public.runs_day USING btree (integration_id);


CREATE INDEX runs_delivery_connection_id_bbe536a1 ON public.runs_delivery USING btree (connection_id);


CREATE INDEX runs_delivery_marker_42118453_like ON public.runs_delivery USING btree (marker varchar_pattern_ops);


CREATE INDEX runs_delivery_run_id_6aa40d1e ON public.runs_delivery USING btree (run_id);


CREATE INDEX runs_in_batches ON public.runs_run USING btree (answer_by) WHERE ((state)::text = 'in a batch'::text);


CREATE INDEX runs_lastword_at_a4199821 ON public.runs_lastword USING btree (at);


CREATE INDEX runs_lastword_connection_id_4c0a141f ON public.runs_lastword USING btree (connection_id);


CREATE INDEX runs_picture_run_id_99701535 ON public.runs_picture USING btree (run_id);


CREATE INDEX runs_run_batch_id_9ef9369c ON public.runs_run USING btree (batch_id);


CREATE INDEX runs_run_integration_id_596afab7 ON public.runs_run USING btree (integration_id);


CREATE INDEX runs_run_replay_of_id_7b879e88 ON public.runs_run USING btree (replay_of_id);


CREATE INDEX runs_run_version_id_a5ac8674 ON public.runs_run USING btree (version_id);


CREATE INDEX runs_run_waits_for_id_c08e1553 ON public.runs_run USING btree (waits_for_id);


CREATE INDEX runs_spent_integration_id_df0cb584 ON public.runs_spent USING btree (integration_id);


CREATE INDEX runs_that_are_open ON public.runs_run USING btree (state, changed_at) WHERE ((state)::text = ANY ((ARRAY['queued'::character varying, 'asking'::character varying, 'approved'::character varying, 'delivering'::character varying])::text[]));


CREATE INDEX runs_to_forget ON public.runs_run USING btree (finished_at) WHERE (erased_at IS NULL);


CREATE INDEX runs_upload_integration_id_4a647f4b ON public.runs_upload USING btree (integration_id);


CREATE INDEX runs_upload_made_by_id_022773a7 ON public.runs_upload USING btree (made_by_id);


CREATE INDEX runs_upload_sha256_de681d65 ON public.runs_upload USING btree (sha256);


CREATE INDEX runs_upload_sha256_de681d65_like ON public.runs_upload USING btree (sha256 varchar_pattern_ops);


CREATE INDEX runs_uploadrow_run_id_ad83e4c2 ON public.runs_uploadrow USING btree (run_id);


CREATE INDEX runs_uploadrow_upload_id_8c7d7dc9 ON public.runs_uploadrow USING btree (upload_id);


CREATE INDEX tellings_due ON public.monitoring_telling USING btree (due_at) WHERE ((state)::text = ANY ((ARRAY['waiting'::character varying, 'sending'::character varying])::text[]));


CREATE INDEX versions_changelog_app_8d28e934_like ON public.versions_changelog USING btree (app varchar_pattern_ops);


CREATE INDEX versions_drill_integration_id_348918f1 ON public.versions_drill USING btree (integration_id);


CREATE INDEX versions_drill_made_by_id_af0a33c5 ON public.versions_drill USING btree (made_by_id);


CREATE INDEX versions_drill_proof_id_a76e4a56 ON public.versions_drill USING btree (proof_id);


CREATE INDEX versions_drill_rolled_back_by_id_7503a4e0 ON public.versions_drill USING btree (rolled_back_by_id);


CREATE INDEX versions_drill_switched_by_id_c862e59b ON public.versions_drill USING btree (switched_by_id);


CREATE INDEX versions_drill_version_id_fd550c01 ON public.versions_drill USING btree (version_id);


CREATE INDEX versions_quarterlyreview_signed_by_id_bca92c91 ON public.versions_quarterlyreview USING btree (signed_by_id);


CREATE INDEX versions_subscription_hash_37e113af_like ON public.versions_subscription USING btree (hash varchar_pattern_ops);


CREATE INDEX versions_subscription_person_id_63272417 ON public.versions_subscription USING btree (person_id);


CREATE TRIGGER hooks_note_happening AFTER UPDATE OF state ON public.runs_run FOR EACH ROW WHEN ((((new.state)::text IS DISTINCT FROM (old.state)::text) AND ((new.state)::text = ANY ((ARRAY['waiting for review'::character varying, 'approved'::character varying, 'rejected'::character varying, 'done'::character varying, 'needs you'::character varying, 'uncertain'::character varying, 'failed'::character varying, 'left'::character varying])::text[])))) EXECUTE FUNCTION public.hooks_note_happening();


CREATE TRIGGER only_added BEFORE DELETE OR UPDATE ON public.accounts_auditentry FOR EACH ROW EXECUTE FUNCTION public.accounts_audit_only_added();


CREATE TRIGGER procrastinate_jobs_notify_queue_job_aborted_v1 AFTER UPDATE OF abort_requested ON public.procrastinate_jobs FOR EACH ROW WHEN (((old.abort_requested = false) AND (new.abort_requested = true) AND (new.status = 'doing'::public.procrastinate_job_status))) EXECUTE FUNCTION public.procrastinate_notify_queue_abort_job_v1();


CREATE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 AFTER INSERT ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::public.procrastinate_job_status)) EXECUTE FUNCTION public.procrastinate_notify_queue_job_inserted_v1();


CREATE TRIGGER procrastinate_trigger_abort_requested_events_v1 AFTER UPDATE OF abort_requested ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.abort_requested = true)) EXECUTE FUNCTION public.procrastinate_trigger_abort_requested_events_procedure_v1();


CREATE TRIGGER procrastinate_trigger_delete_jobs_v1 BEFORE DELETE ON public.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION public.procrastinate_unlink_periodic_defers_v1();


CREATE TRIGGER procrastinate_trigger_scheduled_events_v1 AFTER INSERT OR UPDATE ON public.procrastinate_jobs FOR EACH ROW WHEN (((new.scheduled_at IS NOT NULL) AND (new.status = 'todo'::public.procrastinate_job_status))) EXECUTE FUNCTION public.procrastinate_trigger_function_scheduled_events_v1();


CREATE TRIGGER procrastinate_trigger_status_events_insert_v1 AFTER INSERT ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::public.procrastinate_job_status)) EXECUTE FUNCTION public.procrastinate_trigger_function_status_events_insert_v1();


CREATE TRIGGER procrastinate_trigger_status_events_update_v1 AFTER UPDATE OF status ON public.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION public.procrastinate_trigger_function_status_events_update_v1();


ALTER TABLE ONLY public.accounts_apitoken
    ADD CONSTRAINT accounts_apitoken_person_id_3956e466_fk_accounts_person_id FOREIGN KEY (person_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.accounts_away
    ADD CONSTRAINT accounts_away_cover_id_cb229cec_fk_accounts_person_id FOREIGN KEY (cover_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.accounts_away
    ADD CONSTRAINT accounts_away_person_id_6480870d_fk_accounts_person_id FOREIGN KEY (person_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_by_id_b953f771_fk_accounts_person_id FOREIGN KEY (by_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.accounts_onetimecodes
    ADD CONSTRAINT accounts_onetimecodes_person_id_80564133_fk_accounts_person_id FOREIGN KEY (person_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.accounts_passkey
    ADD CONSTRAINT accounts_passkey_person_id_8cbb3b79_fk_accounts_person_id FOREIGN KEY (person_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.accounts_recoverycode
    ADD CONSTRAINT accounts_recoverycode_person_id_44bff6de_fk_accounts_person_id FOREIGN KEY (person_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.accounts_session
    ADD CONSTRAINT accounts_session_person_id_6b01fe29_fk_accounts_person_id FOREIGN KEY (person_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.accounts_signinlink
    ADD CONSTRAINT accounts_signinlink_person_id_dee18432_fk_accounts_person_id FOREIGN KEY (person_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissio_permission_id_84c5c92e_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_b120cbf9_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.connections_foretold
    ADD CONSTRAINT connections_foretold_connection_id_71929c90_fk_connectio FOREIGN KEY (connection_id) REFERENCES public.connections_connection(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.connections_watch
    ADD CONSTRAINT connections_watch_connection_id_f174d980_fk_connectio FOREIGN KEY (connection_id) REFERENCES public.connections_connection(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.hooks_attempt
    ADD CONSTRAINT hooks_attempt_message_id_796f41cb_fk_hooks_message_id FOREIGN KEY (message_id) REFERENCES public.hooks_message(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.hooks_happening
    ADD CONSTRAINT hooks_happening_run_id_6ab5c62e_fk_runs_run_id FOREIGN KEY (run_id) REFERENCES public.runs_run(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.hooks_hook
    ADD CONSTRAINT hooks_hook_integration_id_b6847616_fk_integrati FOREIGN KEY (integration_id) REFERENCES public.integrations_integration(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.hooks_hook
    ADD CONSTRAINT hooks_hook_person_id_e3e31608_fk_accounts_person_id FOREIGN KEY (person_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.hooks_hook
    ADD CONSTRAINT hooks_hook_run_id_7d9e7f4a_fk_runs_run_id FOREIGN KEY (run_id) REFERENCES public.runs_run(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.hooks_hook
    ADD CONSTRAINT hooks_hook_token_id_266d7e77_fk_accounts_apitoken_id FOREIGN KEY (token_id) REFERENCES public.accounts_apitoken(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.hooks_message
    ADD CONSTRAINT hooks_message_hook_id_f8d692ae_fk_hooks_hook_id FOREIGN KEY (hook_id) REFERENCES public.hooks_hook(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.hooks_message
    ADD CONSTRAINT hooks_message_run_id_d2769928_fk_runs_run_id FOREIGN KEY (run_id) REFERENCES public.runs_run(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.hooks_proposal
    ADD CONSTRAINT hooks_proposal_person_id_a6a243a2_fk_accounts_person_id FOREIGN KEY (person_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.hooks_proposal
    ADD CONSTRAINT hooks_proposal_run_id_e23a6196_fk_runs_run_id FOREIGN KEY (run_id) REFERENCES public.runs_run(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.integrations_draft
    ADD CONSTRAINT integrations_draft_base_id_d73b9d10_fk_integrations_version_id FOREIGN KEY (base_id) REFERENCES public.integrations_version(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.integrations_draft
    ADD CONSTRAINT integrations_draft_changed_by_id_df627bf2_fk_accounts_person_id FOREIGN KEY (changed_by_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.integrations_draft
    ADD CONSTRAINT integrations_draft_integration_id_71480b27_fk_integrati FOREIGN KEY (integration_id) REFERENCES public.integrations_integration(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.integrations_draft
    ADD CONSTRAINT integrations_draft_made_by_id_52384326_fk_accounts_person_id FOREIGN KEY (made_by_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.integrations_drift
    ADD CONSTRAINT integrations_drift_integration_id_bc71d29b_fk_integrati FOREIGN KEY (integration_id) REFERENCES public.integrations_integration(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.integrations_integration
    ADD CONSTRAINT integrations_integra_current_id_286ee72d_fk_integrati FOREIGN KEY (current_id) REFERENCES public.integrations_version(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.integrations_version
    ADD CONSTRAINT integrations_version_integration_id_9b5ddfd6_fk_integrati FOREIGN KEY (integration_id) REFERENCES public.integrations_integration(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.integrations_version
    ADD CONSTRAINT integrations_version_made_by_id_08e717d5_fk_accounts_person_id FOREIGN KEY (made_by_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.monitoring_channel
    ADD CONSTRAINT monitoring_channel_person_id_9ab27ba6_fk_accounts_person_id FOREIGN KEY (person_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.monitoring_hour
    ADD CONSTRAINT monitoring_hour_integration_id_16a1802f_fk_integrati FOREIGN KEY (integration_id) REFERENCES public.integrations_integration(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.monitoring_notice
    ADD CONSTRAINT monitoring_notice_acknowledged_by_id_2541c433_fk_accounts_ FOREIGN KEY (acknowledged_by_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.monitoring_notice
    ADD CONSTRAINT monitoring_notice_snoozed_by_id_4ce76207_fk_accounts_person_id FOREIGN KEY (snoozed_by_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.monitoring_rhythm
    ADD CONSTRAINT monitoring_rhythm_integration_id_c82d1443_fk_integrati FOREIGN KEY (integration_id) REFERENCES public.integrations_integration(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.monitoring_telling
    ADD CONSTRAINT monitoring_telling_channel_id_295e6469_fk_monitoring_channel_id FOREIGN KEY (channel_id) REFERENCES public.monitoring_channel(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.monitoring_telling
    ADD CONSTRAINT monitoring_telling_notice_id_1286df7f_fk_monitoring_notice_id FOREIGN KEY (notice_id) REFERENCES public.monitoring_notice(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.monitoring_telling
    ADD CONSTRAINT monitoring_telling_person_id_6cd895b4_fk_accounts_person_id FOREIGN KEY (person_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.monitoring_weeklyletter
    ADD CONSTRAINT monitoring_weeklylet_person_id_2b4a541b_fk_accounts_ FOREIGN KEY (person_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.pacing_lane
    ADD CONSTRAINT pacing_lane_connection_id_cbd5c545_fk_connections_connection_id FOREIGN KEY (connection_id) REFERENCES public.connections_connection(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.pacing_pace
    ADD CONSTRAINT pacing_pace_connection_id_7a44a008_fk_connections_connection_id FOREIGN KEY (connection_id) REFERENCES public.connections_connection(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.procrastinate_events
    ADD CONSTRAINT procrastinate_events_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.procrastinate_jobs(id) ON DELETE CASCADE;


ALTER TABLE ONLY public.procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES public.procrastinate_workers(id) ON DELETE SET NULL;


ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.procrastinate_jobs(id);


ALTER TABLE ONLY public.prompts_factversion
    ADD CONSTRAINT prompts_factversion_fact_id_88c0353f_fk_prompts_fact_id FOREIGN KEY (fact_id) REFERENCES public.prompts_fact(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.prompts_factversion
    ADD CONSTRAINT prompts_factversion_made_by_id_27083af9_fk_accounts_person_id FOREIGN KEY (made_by_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.proving_case
    ADD CONSTRAINT proving_case_integration_id_8ee5981a_fk_integrati FOREIGN KEY (integration_id) REFERENCES public.integrations_integration(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.proving_case
    ADD CONSTRAINT proving_case_made_by_id_9fade02b_fk_accounts_person_id FOREIGN KEY (made_by_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.proving_case
    ADD CONSTRAINT proving_case_run_id_c6e3026a_fk_runs_run_id FOREIGN KEY (run_id) REFERENCES public.runs_run(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.proving_proof
    ADD CONSTRAINT proving_proof_integration_id_d01235c2_fk_integrati FOREIGN KEY (integration_id) REFERENCES public.integrations_integration(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.proving_proof
    ADD CONSTRAINT proving_proof_made_by_id_77aed184_fk_accounts_person_id FOREIGN KEY (made_by_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.proving_replay
    ADD CONSTRAINT proving_replay_case_id_47cf95b2_fk_proving_case_id FOREIGN KEY (case_id) REFERENCES public.proving_case(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.proving_replay
    ADD CONSTRAINT proving_replay_proof_id_7131e3b3_fk_proving_proof_id FOREIGN KEY (proof_id) REFERENCES public.proving_proof(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.proving_replay
    ADD CONSTRAINT proving_replay_version_id_bb2c8c25_fk_integrations_version_id FOREIGN KEY (version_id) REFERENCES public.integrations_version(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.review_asking
    ADD CONSTRAINT review_asking_connection_id_39977f72_fk_connectio FOREIGN KEY (connection_id) REFERENCES public.connections_connection(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.review_certificate
    ADD CONSTRAINT review_certificate_integration_id_1933f193_fk_integrati FOREIGN KEY (integration_id) REFERENCES public.integrations_integration(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.review_certificate
    ADD CONSTRAINT review_certificate_signed_by_id_a46b5459_fk_accounts_person_id FOREIGN KEY (signed_by_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.review_opened
    ADD CONSTRAINT review_opened_person_id_356fed34_fk_accounts_person_id FOREIGN KEY (person_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.review_opened
    ADD CONSTRAINT review_opened_review_id_b15dafc1_fk_review_review_id FOREIGN KEY (review_id) REFERENCES public.review_review(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.review_planted
    ADD CONSTRAINT review_planted_decided_by_id_eb5071bf_fk_accounts_person_id FOREIGN KEY (decided_by_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.review_planted
    ADD CONSTRAINT review_planted_integration_id_45e746d2_fk_integrati FOREIGN KEY (integration_id) REFERENCES public.integrations_integration(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.review_planted
    ADD CONSTRAINT review_planted_run_id_04244016_fk_runs_run_id FOREIGN KEY (run_id) REFERENCES public.runs_run(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.review_planted
    ADD CONSTRAINT review_planted_source_id_bea894e9_fk_runs_run_id FOREIGN KEY (source_id) REFERENCES public.runs_run(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.review_review
    ADD CONSTRAINT review_review_asked_id_7dc8e8c1_fk_review_asking_id FOREIGN KEY (asked_id) REFERENCES public.review_asking(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.review_review
    ADD CONSTRAINT review_review_assigned_to_id_acab947a_fk_accounts_person_id FOREIGN KEY (assigned_to_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.review_review
    ADD CONSTRAINT review_review_certificate_id_985527b9_fk_review_certificate_id FOREIGN KEY (certificate_id) REFERENCES public.review_certificate(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.review_review
    ADD CONSTRAINT review_review_decided_by_id_403444a3_fk_accounts_person_id FOREIGN KEY (decided_by_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.review_review
    ADD CONSTRAINT review_review_first_by_id_d59ec530_fk_accounts_person_id FOREIGN KEY (first_by_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.review_review
    ADD CONSTRAINT review_review_looking_id_3b474737_fk_accounts_person_id FOREIGN KEY (looking_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.review_review
    ADD CONSTRAINT review_review_overruled_by_id_e7dfd446_fk_accounts_person_id FOREIGN KEY (overruled_by_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.review_review
    ADD CONSTRAINT review_review_run_id_9ba138bd_fk_runs_run_id FOREIGN KEY (run_id) REFERENCES public.runs_run(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.review_turn
    ADD CONSTRAINT review_turn_integration_id_4ed58770_fk_integrati FOREIGN KEY (integration_id) REFERENCES public.integrations_integration(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.review_turn
    ADD CONSTRAINT review_turn_last_id_fe1ac236_fk_accounts_person_id FOREIGN KEY (last_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.review_unattended
    ADD CONSTRAINT review_unattended_certificate_id_4413d7c4_fk_review_ce FOREIGN KEY (certificate_id) REFERENCES public.review_certificate(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.review_unattended
    ADD CONSTRAINT review_unattended_run_id_58241e2c_fk_runs_run_id FOREIGN KEY (run_id) REFERENCES public.runs_run(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.review_warm
    ADD CONSTRAINT review_warm_integration_id_86c1f93a_fk_integrati FOREIGN KEY (integration_id) REFERENCES public.integrations_integration(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.review_warm
    ADD CONSTRAINT review_warm_version_id_139a06b9_fk_integrations_version_id FOREIGN KEY (version_id) REFERENCES public.integrations_version(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.runs_batch
    ADD CONSTRAINT runs_batch_connection_id_667476b2_fk_connections_connection_id FOREIGN KEY (connection_id) REFERENCES public.connections_connection(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.runs_day
    ADD CONSTRAINT runs_day_integration_id_edac9790_fk_integrations_integration_id FOREIGN KEY (integration_id) REFERENCES public.integrations_integration(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.runs_delivery
    ADD CONSTRAINT runs_delivery_connection_id_bbe536a1_fk_connectio FOREIGN KEY (connection_id) REFERENCES public.connections_connection(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.runs_delivery
    ADD CONSTRAINT runs_delivery_run_id_6aa40d1e_fk_runs_run_id FOREIGN KEY (run_id) REFERENCES public.runs_run(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.runs_lastword
    ADD CONSTRAINT runs_lastword_connection_id_4c0a141f_fk_connectio FOREIGN KEY (connection_id) REFERENCES public.connections_connection(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.runs_picture
    ADD CONSTRAINT runs_picture_run_id_99701535_fk_runs_run_id FOREIGN KEY (run_id) REFERENCES public.runs_run(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.runs_run
    ADD CONSTRAINT runs_run_batch_id_9ef9369c_fk_runs_batch_id FOREIGN KEY (batch_id) REFERENCES public.runs_batch(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.runs_run
    ADD CONSTRAINT runs_run_integration_id_596afab7_fk_integrations_integration_id FOREIGN KEY (integration_id) REFERENCES public.integrations_integration(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.runs_run
    ADD CONSTRAINT runs_run_replay_of_id_7b879e88_fk_runs_run_id FOREIGN KEY (replay_of_id) REFERENCES public.runs_run(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.runs_run
    ADD CONSTRAINT runs_run_version_id_a5ac8674_fk_integrations_version_id FOREIGN KEY (version_id) REFERENCES public.integrations_version(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.runs_run
    ADD CONSTRAINT runs_run_waits_for_id_c08e1553_fk_connections_connection_id FOREIGN KEY (waits_for_id) REFERENCES public.connections_connection(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.runs_source
    ADD CONSTRAINT runs_source_integration_id_4afd4847_fk_integrati FOREIGN KEY (integration_id) REFERENCES public.integrations_integration(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.runs_spent
    ADD CONSTRAINT runs_spent_integration_id_df0cb584_fk_integrati FOREIGN KEY (integration_id) REFERENCES public.integrations_integration(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.runs_upload
    ADD CONSTRAINT runs_upload_integration_id_4a647f4b_fk_integrati FOREIGN KEY (integration_id) REFERENCES public.integrations_integration(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.runs_upload
    ADD CONSTRAINT runs_upload_made_by_id_022773a7_fk_accounts_person_id FOREIGN KEY (made_by_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.runs_uploadrow
    ADD CONSTRAINT runs_uploadrow_run_id_ad83e4c2_fk_runs_run_id FOREIGN KEY (run_id) REFERENCES public.runs_run(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.runs_uploadrow
    ADD CONSTRAINT runs_uploadrow_upload_id_8c7d7dc9_fk_runs_upload_id FOREIGN KEY (upload_id) REFERENCES public.runs_upload(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.versions_drill
    ADD CONSTRAINT versions_drill_integration_id_348918f1_fk_integrati FOREIGN KEY (integration_id) REFERENCES public.integrations_integration(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.versions_drill
    ADD CONSTRAINT versions_drill_made_by_id_af0a33c5_fk_accounts_person_id FOREIGN KEY (made_by_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.versions_drill
    ADD CONSTRAINT versions_drill_proof_id_a76e4a56_fk_proving_proof_id FOREIGN KEY (proof_id) REFERENCES public.proving_proof(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.versions_drill
    ADD CONSTRAINT versions_drill_rolled_back_by_id_7503a4e0_fk_accounts_person_id FOREIGN KEY (rolled_back_by_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.versions_drill
    ADD CONSTRAINT versions_drill_switched_by_id_c862e59b_fk_accounts_person_id FOREIGN KEY (switched_by_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.versions_drill
    ADD CONSTRAINT versions_drill_version_id_fd550c01_fk_integrations_version_id FOREIGN KEY (version_id) REFERENCES public.integrations_version(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.versions_looked
    ADD CONSTRAINT versions_looked_connection_id_1487493e_fk_connectio FOREIGN KEY (connection_id) REFERENCES public.connections_connection(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.versions_quarterlyreview
    ADD CONSTRAINT versions_quarterlyre_signed_by_id_bca92c91_fk_accounts_ FOREIGN KEY (signed_by_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;


ALTER TABLE ONLY public.versions_subscription
    ADD CONSTRAINT versions_subscription_person_id_63272417_fk_accounts_person_id FOREIGN KEY (person_id) REFERENCES public.accounts_person(id) DEFERRABLE INITIALLY DEFERRED;
