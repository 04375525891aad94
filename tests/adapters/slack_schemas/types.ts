export type {
  AppsConnectionsOpenArguments, AuthTestArguments, ChatPostMessageArguments, ChatUpdateArguments,
  ConversationsOpenArguments, FilesGetUploadURLExternalArguments, FilesCompleteUploadExternalArguments,
  ViewsOpenArguments, ViewsPublishArguments,
} from "@slack/web-api";
